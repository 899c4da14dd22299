"""The benchmark that leaves parts of ClusterGAN out measures each game once."""

import csv

import pytest

from benchmarks import cluster_gan_parts, results


def test_what_is_missing_is_measured_once(tmp_path, monkeypatch):
    folder = tmp_path / "reports" / "results"
    monkeypatch.setattr(results, "RESULTS", folder)
    monkeypatch.setattr(cluster_gan_parts, "NETWORK", {**cluster_gan_parts.NETWORK, "epochs": 1})
    games = {name: cluster_gan_parts.CHANGES[name] for name in ("no code, untrained", "InfoGAN")}
    monkeypatch.setattr(cluster_gan_parts, "CHANGES", games)
    monkeypatch.setattr("sys.argv", ["cluster_gan_parts", "--seeds", "1"])
    cluster_gan_parts.main()
    first, second = csv.DictReader((folder / cluster_gan_parts.TABLE).open())
    assert (first["game"], second["game"]) == tuple(games)
    assert (first["recovered"], second["distance"]) == ("nan", "nan")
    assert 0 < float(first["nmi_kmeans"]) < 1
    monkeypatch.setattr(cluster_gan_parts, "measured", lambda *_: pytest.fail("measured again"))
    cluster_gan_parts.main()
