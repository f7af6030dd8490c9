"""How near a written text is to the one that was wanted. Words are words where a script has spaces, and characters where it has none."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.trainer.evaluate.metrics import FloatArray, IntArray

# Han, kana, Thai, Lao, Khmer, Burmese: each character is a word of its own.
_WORD = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
    "|[^\\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+"
)


def words(text: str) -> list[str]:
    """Without case and punctuation."""
    return _WORD.findall(text.lower())


def exact_matches(references: Sequence[str], written: Sequence[str]) -> FloatArray:
    """1 for a text that is the wanted one but for the spaces between and around its words."""
    pairs = zip(references, written, strict=True)
    return np.array([float(wanted.split() == said.split()) for wanted, said in pairs])


def word_f1(references: Sequence[str], written: Sequence[str]) -> FloatArray:
    """Harmonic mean of the shares of wanted words that are said and of said words that are wanted, text by text."""
    return np.array([_f1(words(wanted), words(said)) for wanted, said in zip(references, written, strict=True)])


def _f1(wanted: Sequence[str], said: Sequence[str]) -> float:
    if not wanted or not said:
        return float(not wanted and not said)
    shared = sum((Counter(wanted) & Counter(said)).values())
    return 2 * shared / (len(wanted) + len(said))


class CorpusScore:
    """BLEU or chrF of any selection of texts, from counts that are made once (Post 2018, arXiv:1804.08771; Popović 2015).

    A corpus score is no mean over texts: the bootstrap needs the counts. From 0 to 100, as usual.
    """

    def __init__(
        self, metric: str, references: Sequence[str], written: Sequence[str], *, tokenize: str = "13a"
    ) -> None:
        # Imported here: it takes a moment that a warm trainer should not pay before its first step.
        from sacrebleu.metrics.bleu import BLEU  # noqa: PLC0415
        from sacrebleu.metrics.chrf import CHRF  # noqa: PLC0415

        self._metric = BLEU(tokenize=tokenize) if metric == "bleu" else CHRF()
        counts = self._metric._extract_corpus_statistics(list(written), [list(references)])  # noqa: SLF001 - the library resamples with it too
        self._counts = np.array(counts, dtype=np.float64)

    def __call__(self, rows: IntArray) -> float:
        totals = self._counts[rows].sum(0)
        score = self._metric._compute_score_from_stats([int(count) for count in totals])  # noqa: SLF001 - likewise
        return float(score.score)
