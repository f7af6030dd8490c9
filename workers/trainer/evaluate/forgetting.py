"""What a model that writes has lost of its general language: its loss on texts that have nothing to do with the training data.

Fine-tuning on one kind of text makes a model worse at others, the more the harder it is trained (catastrophic forgetting; Luo et al. 2023,
arXiv:2308.08747). A fixed set of everyday texts in several registers, English and Chinese, is read before and after.

A decoder is asked for every token that has one before it. An encoder-decoder reads the first half of a text and is asked for the second
(prefix language modelling; Raffel et al. 2020, arXiv:1910.10683, section 3.2.3): one whose base never went on with a text, such as a
translator, has a high loss before as well, and only the change says something.
"""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B batch, T token, C channel, N position

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from workers.contract.results import Forgetting
from workers.trainer.data.encoded import TARGET, Encoded, Ragged
from workers.trainer.tasks._rewriting import EncoderDecoderRewriting
from workers.trainer.token_loss import chosen, word_scores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workers.trainer.data.encoded import Batch
    from workers.trainer.engine import Engine
    from workers.trainer.language_model import Decoder
    from workers.trainer.parts import Run

    Likelihoods = Callable[[Engine, Encoded], Sequence[torch.Tensor]]

TEXTS = (
    "The river rises in the hills above the town and reaches the sea after about two hundred kilometres.",
    "Put the flour into a bowl, make a hollow in the middle and add the eggs one after another.",
    "She closed the door behind her, listened for a moment, and went down the stairs without a sound.",
    "A triangle whose sides measure three, four and five has a right angle between the two shorter ones.",
    "The council decided on Tuesday evening to repair the bridge before the winter and to close it for six weeks.",
    "Sorry, I can't make it tonight, the train is late again. Shall we meet on Saturday instead?",
    "Water freezes at zero degrees Celsius, and takes up more room as ice than it did before.",
    "If you press the button for five seconds, the lamp goes out and all settings are back where they were.",
    "For breakfast the children had porridge with apples, and their grandfather read the newspaper aloud.",
    "The orchestra played the slow movement so softly that one could hear the rain on the roof.",
    "In the eighteenth century most people of this valley lived on wool, which they spun at home.",
    "def area(width, height):\n    return width * height\n\nprint(area(3, 4))",
    "Plants need light, water and air; from these they make sugar, and give back oxygen.",
    "Our team lost the match in the last minute, although it had been the better one for an hour.",
    "The tenant pays the rent in advance, on the third working day of each month at the latest.",
    "Three friends bought a boat, painted it blue, and sailed around the island in nine days.",
    "He asked the doctor whether he might go back to work, and she told him to wait another week.",
    "Prices of bread have risen by four per cent since last year, those of milk by seven.",
    "The cat slept on the windowsill until the sun was gone, then it looked for a warmer place.",
    "Turn left at the church, follow the road to the mill, and you will see the house on your right.",
    "春天来了，公园里的花都开了，孩子们在草地上放风筝。",
    "请把面粉倒进碗里，加入鸡蛋和一点盐，搅拌均匀。",
    "会议改到下周三上午十点，请大家提前准备好材料。",
    "这条河发源于北部山区，流经三个省，最后注入大海。",
    "他关上灯，轻轻走出房间，生怕吵醒正在睡觉的妹妹。",
    "水在零摄氏度时结冰，体积会变大一些。",
)
_LONGEST = 128


def forgetting(run: Run) -> Forgetting | None:
    """`run.engine` holds the best weights. None where the tokenizer can read none of the texts, or the base model cannot write."""
    task = run.task
    if not isinstance(task, EncoderDecoderRewriting):
        return _compared(run, _read_texts(run), _every_token)
    if not task.can_base_write:
        return None
    return _compared(run, _halves(run, task), lambda engine, encoded: _second_halves(engine, encoded, task))


def _compared(run: Run, encoded: Encoded | None, likelihoods: Likelihoods) -> Forgetting | None:
    if encoded is None:
        return None
    with run.untouched() as untouched:
        base, tuned = (torch.cat(list(likelihoods(engine, encoded))).double() for engine in (untouched(), run.engine))
    return Forgetting(num_tokens=len(base), base_loss=-float(base.mean()), tuned_loss=-float(tuned.mean()))


def _read_texts(run: Run) -> Encoded | None:
    ids = [
        found[:_LONGEST]
        for text in TEXTS
        if len(found := run.tokenizer(text)["input_ids"]) > 1 and not _is_unreadable(run, found)
    ]
    return Encoded(ids=Ragged.of(ids)) if ids else None


def _halves(run: Run, task: EncoderDecoderRewriting) -> Encoded | None:
    sources, targets = [], []
    for first, second in map(in_halves, TEXTS):
        source, said = (run.tokenizer(text)["input_ids"][:_LONGEST] for text in (first, second))
        if not _is_unreadable(run, source + said):
            sources.append(source)
            targets.append(task.labels(run.tokenizer, said, _LONGEST))
    if not sources:
        return None
    return Encoded(ids=Ragged.of(sources), others={TARGET: Encoded(ids=Ragged.of(targets))})


def in_halves(text: str) -> tuple[str, str]:
    """Cut at the first space behind the middle; where words are not spaced, in the middle."""
    middle = len(text) // 2
    at = text.find(" ", middle)
    return (text[:at], text[at + 1 :]) if at >= 0 else (text[:middle], text[middle:])


def _is_unreadable(run: Run, ids: list[int]) -> bool:
    """Whether more than a tenth of the tokens stand for what the tokenizer does not know."""
    return run.tokenizer.unk_token_id is not None and ids.count(run.tokenizer.unk_token_id) * 10 > len(ids)


def _every_token(engine: Engine, encoded: Encoded) -> list[torch.Tensor]:
    """That has one before it."""
    return engine.rows(encoded, _likelihoods, is_exact=True)


def _second_halves(engine: Engine, encoded: Encoded, task: EncoderDecoderRewriting) -> list[torch.Tensor]:
    return [torch.from_numpy(row.likelihoods) for row in engine.rows(encoded, task.score_rows, is_exact=True)]


def _likelihoods(model: Decoder, batch: Batch) -> list[torch.Tensor]:
    states_BTC = model.of(batch)
    lengths = batch.mask().sum(-1).tolist()
    width = batch.ids_BT.shape[1]
    places_N = torch.cat([row * width + torch.arange(length - 1) for row, length in enumerate(lengths)])
    places_N = places_N.to(batch.ids_BT.device)
    words_N = batch.ids_BT.flatten()[places_N + 1]
    likelihoods_N, _ = word_scores(model, chosen(states_BTC, places_N), words_N)
    return list(likelihoods_N.cpu().split([length - 1 for length in lengths]))
