"""Answers of a finished run: one bad picture never costs the others theirs."""

import shutil

import numpy as np
import pytest
from PIL import Image

from tests import corpus
from tests.helpers import drawn, queued, train
from tltools import files, images, runs
from tltools.errors import ModelFileError, TltoolsError
from tltools.images.decoders import Decoders
from tltools.inference import classifier


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A finished run and its data set, made once."""
    from tltools.settings import Home

    home = Home(tmp_path_factory.mktemp("classifier"))
    dataset = drawn(home, per_class=8)
    return dataset, train(home, queued(home, dataset, epochs=1))


def pictures(dataset, count=2):
    return [{"path": str(dataset.image_path(image)), "name": f"{number}.jpg"}
            for number, image in enumerate(dataset.images[:count])]


@pytest.mark.slow
def test_each_picture_gets_a_probability_for_every_class(trained):
    dataset, run = trained
    answer = classifier.classify(run_dir=str(run.path), pictures=pictures(dataset, 20))
    assert answer["classes"] == [item.name for item in dataset.classes]
    for item in answer["images"]:
        assert sum(item["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert list(item["probabilities"]) == answer["classes"]


def test_a_picture_is_seen_as_training_saw_it(trained):
    dataset, run = trained
    (item, ) = pictures(dataset, 1)
    config = run.config()
    array = images.to_array(dataset.image_path(dataset.images[0]), config.input_size,
                            config.resize)
    expected = classifier.probabilities(run, array[None])[0]
    answer = classifier.classify(run_dir=str(run.path), pictures=[item])["images"][0]
    np.testing.assert_allclose(list(answer["probabilities"].values()), expected, atol=1e-6)


def test_a_bad_picture_is_named_and_the_others_are_answered(trained, tmp_path):
    dataset, run = trained
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    found = classifier.classify(run_dir=str(run.path), pictures=[
        {"path": str(tmp_path / "bad.jpg"), "name": "bad.jpg"}, *pictures(dataset, 1),
        {"path": str(tmp_path / "gone.jpg"), "name": "gone.jpg"}])["images"]
    assert ["error" in item for item in found] == [True, False, True]
    assert "bad.jpg" in found[0]["error"]
    assert [item["file"] for item in found] == ["bad.jpg", "0.jpg", "gone.jpg"]


def test_uploads_are_removed_also_after_a_fault(trained, tmp_path):
    dataset, run = trained
    for broken in (False, True):
        upload = tmp_path / "upload.jpg"
        shutil.copy(dataset.image_path(dataset.images[0]), upload)

        def progress(done, total, what, broken=broken):
            if broken:
                raise TltoolsError("Cancelled.")

        item = {"path": str(upload), "name": "upload.jpg"}
        if broken:
            with pytest.raises(TltoolsError):
                classifier.classify(run_dir=str(run.path), pictures=[item], remove=True,
                                    progress=progress)
        else:
            answer = classifier.classify_with_thumbnails(run_dir=str(run.path), pictures=[item])
            assert answer["run"] == run.id
            assert answer["images"][0]["thumbnail"][:2] == b"\xff\xd8"
        assert not upload.exists()


@pytest.mark.slow
def test_a_model_that_was_replaced_is_opened_anew(trained, tmp_path):
    _, run = trained
    copy = tmp_path / "runs" / run.id
    shutil.copytree(run.path, copy)
    other = runs.read_folder(copy)
    array = np.zeros((1, 32, 32, 3), np.uint8)
    before = classifier.probabilities(other, array)
    import keras

    model = keras.saving.load_model(other.model_path)
    head = model.get_layer("probabilities")
    kernel, _ = head.get_weights()
    head.set_weights([kernel, np.array([3.0, -3.0])])
    model.save(other.model_path)
    assert not np.allclose(classifier.probabilities(other, array), before)


def test_a_run_without_a_model_says_what_to_do(home):
    waiting = queued(home, drawn(home, per_class=3))
    with pytest.raises(ModelFileError, match="no model yet"):
        classifier.classify(run_dir=str(waiting.path), pictures=[])


def test_a_damaged_model_or_record_is_a_sentence(trained, tmp_path):
    _, run = trained
    copy = tmp_path / "runs" / run.id
    shutil.copytree(run.path, copy)
    files.write_bytes(copy / "model.keras", b"PK")
    with pytest.raises(ModelFileError, match="cannot be opened"):
        classifier.probabilities(runs.read_folder(copy), np.zeros((1, 32, 32, 3), np.uint8))
    files.write_bytes(copy / "labels.json", b"{")
    with pytest.raises(ModelFileError, match="damaged"):
        classifier.read_labels(runs.read_folder(copy))


def test_hostile_pictures_end_in_a_line(trained, tmp_path):
    """A few of the kinds that are refused on import are refused here too."""
    _, run = trained
    given = []
    for number, (name, data) in enumerate(list(corpus.pictures())[::12]):
        path = tmp_path / f"{number}.bin"
        path.write_bytes(data)
        given.append({"path": str(path), "name": name})
    for item in classifier.classify(run_dir=str(run.path), pictures=given)["images"]:
        assert "probabilities" in item or "\n" not in item["error"]


@pytest.mark.parametrize("damage", [
    None, b"", b"{", b"3", b"null", b'{"0": "a"}', b"[]", b'["one"]', b'["a", "b", "c"]',
    b'[1, 2]', b'["a", "a"]'
])
def test_class_names_that_are_gone_or_damaged_are_a_sentence(trained, tmp_path, damage):
    dataset, run = trained
    copy = tmp_path / run.id
    shutil.copytree(run.path, copy)
    (copy / "labels.json").unlink()
    if damage is not None:
        (copy / "labels.json").write_bytes(damage)
    with pytest.raises(ModelFileError, match="class names"):
        classifier.classify(run_dir=str(copy), pictures=pictures(dataset))


def test_a_picture_with_its_thumbnail_is_decoded_once(trained, tmp_path, monkeypatch):
    dataset, run = trained
    expected = classifier.classify(run_dir=str(run.path), pictures=pictures(dataset, 3))["images"]
    given = []
    for number, item in enumerate(pictures(dataset, 3)):
        path = tmp_path / f"{number}.jpg"
        shutil.copy(item["path"], path)
        given.append({"path": str(path), "name": item["name"]})
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    given.insert(1, {"path": str(tmp_path / "bad.jpg"), "name": "bad.jpg"})
    stored = [images.store_form(images.read_file(item["path"]), "x").small
              for item in given if item["name"] != "bad.jpg"]
    decoded, decode = [], Decoders.store_form
    monkeypatch.setattr(Decoders, "store_form",
                        lambda self, data, name, window: decoded.append(name)
                        or decode(self, data, name, window))
    monkeypatch.setattr(classifier, "MOST_THUMBNAILS", 3)
    answer = classifier.classify_with_thumbnails(run_dir=str(run.path), pictures=given)["images"]
    assert sorted(decoded) == sorted(item["name"] for item in given)
    assert [item["file"] for item in answer] == [item["name"] for item in given]
    assert "error" in answer[1]
    assert [item.get("thumbnail") for item in answer] == [stored[0], None, stored[1], None], (
        "of the first three")
    assert [item["probabilities"] for item in answer if "error" not in item] \
        == [item["probabilities"] for item in expected], "identical arrays"


@pytest.mark.parametrize("window", [None, (0.0, 4095.0)])
def test_a_deep_picture_is_seen_through_the_window_of_the_run(trained, tmp_path, window):
    _, run = trained
    copy = tmp_path / "run"
    shutil.copytree(run.path, copy)
    record = files.read_json(copy / "dataset.json")
    files.write_json(copy / "dataset.json", {**record, "window": window})
    values = np.linspace(0, 4095, 64 * 64).astype(np.uint16).reshape(64, 64)
    data = corpus.encoded(Image.fromarray(values), "PNG")
    (tmp_path / "deep.png").write_bytes(data)
    answer = classifier.classify(run_dir=str(copy), pictures=[
        {"path": str(tmp_path / "deep.png"), "name": "deep.png"}])["images"][0]
    config = run.config()
    array = images.array_from_outside(data, "deep.png", config.input_size, config.resize, window)
    assert array.max() > 245 if window else array.max() <= 17
    expected = classifier.probabilities(run, array[None])[0]
    np.testing.assert_allclose(list(answer["probabilities"].values()), expected, atol=1e-6)
    assert classifier.read_window(runs.read_folder(copy)) == window


def test_a_damaged_window_is_said_of_deep_pictures_only(trained, tmp_path):
    dataset, run = trained
    copy = tmp_path / "run"
    shutil.copytree(run.path, copy)
    record = files.read_json(copy / "dataset.json")
    files.write_json(copy / "dataset.json", {**record, "window": "wide"})
    deep = Image.fromarray(np.full((8, 8), 900, np.uint16))
    (tmp_path / "deep.png").write_bytes(corpus.encoded(deep, "PNG"))
    given = [{"path": str(tmp_path / "deep.png"), "name": "deep.png"}, *pictures(dataset, 1)]
    answer = classifier.classify(run_dir=str(copy), pictures=given)["images"]
    assert "window" in answer[0]["error"]
    assert "probabilities" in answer[1]
