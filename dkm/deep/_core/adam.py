"""Adam with one TensorFlow kernel per weight."""

import keras
import tensorflow as tf


class Adam(keras.optimizers.Optimizer):
    r"""Adam [1]_, each weight updated by TensorFlow's fused kernel.

    The formula and the defaults of `keras.optimizers.Adam` (the last variant in section 2 of the
    paper, with :math:`\epsilon=10^{-7}`). Keras builds it from a dozen operations per weight; the
    fused kernel halves the time to compile a step, and the memory of a fit is freed with its model
    (`tests/science/test_deep_speed.py`).

    Parameters
    ----------
    learning_rate : float, default=0.001
        Rounded to float32, as in Keras.
    beta_1, beta_2 : float
        Decay rates of the two moments.

    Attributes
    ----------
    variables : list of keras.Variable
        The step count, then two moments for each weight, in the order of `build`.

    References
    ----------
    .. [1] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999):
        # A plain number would become a variable, in the dtype of `keras.config.floatx()`.
        super().__init__(
            lambda: tf.cast(tf.constant(learning_rate, tf.float64), tf.float32), name="adam"
        )
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, 1e-7
        self.moments = {}

    def build(self, variables):
        """Make the moments of these weights."""
        super().build(variables)
        for variable in variables:
            self.moments[id(variable)] = [
                self.add_variable_from_reference(variable, name)
                for name in ("momentum", "velocity")
            ]

    def apply(self, grads, trainable_variables):
        """Take one step.

        Parameters
        ----------
        grads : list of Tensor
        trainable_variables : list of keras.Variable
            The weights that the gradients belong to; `build` has seen all of them.
        """
        step = self.iterations + 1
        for gradient, variable in zip(grads, trainable_variables, strict=True):
            self.update_step(gradient, variable, step)
        self.iterations.assign_add(1)

    def update_step(self, gradient, variable, step):
        """Update one weight; steps are counted from 1."""
        first, second = self.moments[id(variable)]
        dtype = variable.dtype
        step = tf.cast(step, dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.value.handle,
            m=first.value.handle,
            v=second.value.handle,
            beta1_power=tf.pow(tf.constant(self.beta_1, dtype), step),
            beta2_power=tf.pow(tf.constant(self.beta_2, dtype), step),
            lr=tf.cast(self.learning_rate, dtype),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )
