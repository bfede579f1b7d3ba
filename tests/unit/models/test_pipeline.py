from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import Whitespace

from infra.engines import Engines
from models.pipeline import OwnClassifier, OwnModel, TextTask, check
from schemas.answers import EncodeAsk, TextAnswer
from schemas.errors import ConfigError

TORCH = importlib.util.find_spec("torch") is not None
with_torch = pytest.mark.skipif(not TORCH, reason="torch is not installed: the extra `torch`")
STARS = {
    "1 star": "negative",
    "2 stars": "negative",
    "3 stars": "neutral",
    "4 stars": "positive",
    "5 stars": "positive",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a tiny classifier with five labels whose weights are random."""
    import torch
    import transformers

    made: Any = transformers  # its classes are typed in parts only
    place = tmp_path_factory.mktemp("models") / "stars"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "my", "router", "is", "bad", "good"]
    tokens = Tokenizer(WordPiece({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    tokens.pre_tokenizer = Whitespace()
    made.PreTrainedTokenizerFast(
        tokenizer_object=tokens, model_max_length=16, pad_token="[PAD]", unk_token="[UNK]"
    ).save_pretrained(place)
    torch.manual_seed(3)
    config = made.BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=16,
        id2label=dict(enumerate(STARS)),
        label2id={name: at for at, name in enumerate(STARS)},
        initializer_range=0.3,
    )
    made.BertForSequenceClassification(config).save_pretrained(place)
    return place


def own(folder: Path, labels: dict[str, str] | None = None) -> OwnModel:
    return OwnModel(model=str(folder), labels=STARS if labels is None else labels)


@with_torch
def test_labels_that_share_one_of_ours_are_added_up(folder: Path) -> None:
    classifier = OwnClassifier("sentiment", own(folder))
    whole = classifier.classify("my router is bad")
    assert whole.odds.keys() == {"negative", "neutral", "positive"}
    assert sum(whole.odds.values()) == pytest.approx(1.0, abs=1e-3)
    stars = OwnClassifier("emotion", own(folder, {})).classify("my router is bad").odds
    assert whole.odds["negative"] == pytest.approx(stars["1 star"] + stars["2 stars"], abs=2e-4)
    assert whole.odds != classifier.classify("my router is good").odds


@with_torch
def test_a_text_longer_than_the_window_is_read_up_to_there(folder: Path) -> None:
    classifier = OwnClassifier("sentiment", own(folder))
    text = "my router is bad " * 50
    assert classifier.classify(text).odds == classifier.classify(text + "good").odds


@with_torch
def test_the_name_changes_with_the_weights_and_with_the_labels(folder: Path) -> None:
    before = own(folder).engine()
    assert before.startswith("transformers/stars@")
    assert own(folder, STARS | {"3 stars": "positive"}).engine() != before
    path = folder / "note.txt"
    path.write_text("changed", "utf-8")
    assert own(folder).engine() != before
    path.unlink()
    assert own(folder).engine() == before


@with_torch
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"1 star": "awful"}, "awful is none of negative, neutral, positive"),
        ({"6 stars": "positive"}, "the model has no label 6 stars; it has 1 star"),
        ({"1 star": "negative"}, "say which of negative, neutral, positive 2 stars is"),
    ],
)
def test_labels_that_do_not_fit_are_a_wrong_setting(
    folder: Path, labels: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        OwnClassifier("sentiment", own(folder, labels))


@with_torch
def test_a_folder_that_holds_no_model_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}), "utf-8")
    with pytest.raises(ConfigError, match="cannot load"):
        OwnClassifier("sentiment", own(tmp_path))


@with_torch
def test_the_pool_lets_it_answer_in_its_languages_and_keeps_answers_apart(folder: Path) -> None:
    model = OwnModel(model=str(folder), labels=STARS, languages=("nl",))
    plain = Engines(Path, models=folder)
    task: TextTask = "sentiment"
    with_own = Engines(Path, models=folder, own={task: model})
    ask = EncodeAsk(text="mijn router doet het al dagen niet meer")
    english = EncodeAsk(text="my router has been dead for days")
    try:
        answer = with_own.submit(ask).result()
        assert isinstance(answer, TextAnswer)
        assert answer.language == "nl"
        assert [verdict.task for verdict in answer.verdicts] == ["sentiment"]
        other = with_own.submit(english).result()
        assert isinstance(other, TextAnswer)
        assert other.verdicts == ()
        assert plain.cache_key(ask) != with_own.cache_key(ask)
        assert with_own.names[-1].startswith("sentiment:transformers/stars@")
    finally:
        plain.close()
        with_own.close()


@pytest.mark.skipif(TORCH, reason="torch is installed")
@pytest.mark.parametrize("task", ["sentiment", "contact_type"])
def test_without_torch_it_is_said_what_to_install(task: TextTask, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"models.{task}.*the extra `torch`"):
        check(task, OwnModel(model=str(tmp_path)))
    with pytest.raises(ConfigError, match="the extra `torch`"):
        Engines(Path, models=tmp_path, own={task: OwnModel(model=str(tmp_path))})


def test_a_model_of_the_hub_needs_a_revision(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="needs a revision"):
        OwnModel(model="someone/their-model").engine()
    named = OwnModel(model="someone/their-model", revision="0123456789abcdef").engine()
    assert named.startswith("transformers/their-model@0123456789ab-")
