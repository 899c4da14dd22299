"""What the methods share: the contract, the Keras models they extend, training, sampling."""
