"""What a model that writes has lost of its general language: its loss on texts that have nothing to do with the training data.

Fine-tuning on one kind of text makes a model worse at others, the more the harder it is trained (catastrophic forgetting; Luo et al. 2023,
arXiv:2308.08747). A fixed set of everyday texts in several registers, English and Chinese, is read before and after.
"""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B batch, T token, C channel, N position

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from workers.contract.results import Forgetting
from workers.trainer.data.encoded import Encoded, Ragged
from workers.trainer.token_loss import chosen, word_scores

if TYPE_CHECKING:
    from workers.trainer.data.encoded import Batch
    from workers.trainer.engine import Engine
    from workers.trainer.language_model import Decoder
    from workers.trainer.parts import Run

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
    """`run.engine` holds the best weights. None where the tokenizer can read none of the texts."""
    ids = [
        found[:_LONGEST]
        for text in TEXTS
        if len(found := run.tokenizer(text)["input_ids"]) > 1 and not _is_unreadable(run, found)
    ]
    if not ids:
        return None
    encoded = Encoded(ids=Ragged.of(ids))
    with run.untouched() as untouched:
        return Forgetting(
            num_tokens=sum(map(len, ids)) - len(ids),
            base_loss=_loss(untouched(), encoded),
            tuned_loss=_loss(run.engine, encoded),
        )


def _is_unreadable(run: Run, ids: list[int]) -> bool:
    """Whether more than a tenth of the tokens stand for what the tokenizer does not know."""
    return run.tokenizer.unk_token_id is not None and ids.count(run.tokenizer.unk_token_id) * 10 > len(ids)


def _loss(engine: Engine, encoded: Encoded) -> float:
    """Per token that has one before it."""
    found = engine.rows(encoded, _likelihoods, is_exact=True)
    return -float(torch.cat(found).double().mean())


def _likelihoods(model: Decoder, batch: Batch) -> list[torch.Tensor]:
    states_BTC = model.of(batch)
    lengths = batch.mask().sum(-1).tolist()
    width = batch.ids_BT.shape[1]
    places_N = torch.cat([row * width + torch.arange(length - 1) for row, length in enumerate(lengths)])
    places_N = places_N.to(batch.ids_BT.device)
    words_N = batch.ids_BT.flatten()[places_N + 1]
    likelihoods_N, _ = word_scores(model, chosen(states_BTC, places_N), words_N)
    return list(likelihoods_N.cpu().split([length - 1 for length in lengths]))
