"""README.md of an exported folder: what it is, how good it is, how to open it. Says nothing about where it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workers.contract.results import Evaluation
    from workers.trainer.build import Run
    from workers.trainer.export import Deliverable

_NAMES = {
    "tuned": "**this model**",
    "base_probe": "output layer on the untouched base model",
    "tfidf_logreg": "TF-IDF + logistic regression",
    "nearest_centroid": "nearest centroid of base embeddings",
    "majority": "most frequent label",
}
_OUTCOMES = {
    "better": "This model is better than {against} on the held-out rows",
    "no_difference": "No difference between this model and {against} could be shown on the held-out rows",
    "worse": "This model is worse than {against} on the held-out rows",
}


def model_card(run: Run, evaluation: Evaluation) -> str:
    base = run.base.info
    rows = "\n".join(
        f"| {_NAMES[c.name]} | {c.accuracy.value:.1%} ({c.accuracy.low:.1%} to {c.accuracy.high:.1%}) "
        f"| {c.macro_f1.value:.1%} ({c.macro_f1.low:.1%} to {c.macro_f1.high:.1%}) |"
        for c in evaluation.contenders
    )
    verdict = evaluation.verdict
    return f"""---
license: {base.licence.lower()}
base_model: {base.source}
pipeline_tag: text-classification
library_name: transformers
---

# {len(run.data.labels)}-label text classifier on {base.name}

Fine-tuned with the method *{run.spec.method.type}* on {len(run.data.train)} labelled texts; {len(run.data.validation)} more chose the best
weights. It reads up to {run.plan.max_length} tokens of a text, and knows these languages: {", ".join(base.languages)}.

## Results on {evaluation.num_rows} held-out rows ({evaluation.split} split)

| answers of | accuracy (95 % interval) | macro F1 (95 % interval) |
|---|---|---|
{rows}

{_OUTCOMES[verdict.outcome].format(against=_NAMES[verdict.against])}: {verdict.difference.value:+.1%} accuracy
({verdict.difference.low:+.1%} to {verdict.difference.high:+.1%}), p = {verdict.p_value:.2g} (McNemar, exact).
Expected calibration error: {evaluation.expected_calibration_error:.3f}.

## How to use it

```python
from transformers import pipeline

classify = pipeline("text-classification", model="path/to/this/folder", top_k=3)
print(classify("your text", truncation=True))
```

The network is a standard `BertForSequenceClassification`. Its last layer is written, not learnt: it averages the tokens, which is
how the base model was pre-trained to be read. `anneal.json` holds inputs with the probabilities that every copy must repeat.

## Licence

The base model {base.source} is under {base.licence}. What was learnt from your data is yours.
"""


def adapter_card(run: Run, deliverable: Deliverable) -> str:
    base = run.base.info
    return f"""---
license: {base.licence.lower()}
base_model: {base.source}
library_name: peft
---

# LoRA adapter for {base.name}

It goes on the base model opened with one layer more than it has; the adapter brings that layer, the pooler and the classifier.

```python
from peft import PeftModel
from transformers import AutoModelForSequenceClassification, AutoTokenizer

base = AutoModelForSequenceClassification.from_pretrained(
    "{deliverable.base_name}", num_hidden_layers={deliverable.config.num_hidden_layers}, num_labels={len(run.data.labels)}
)
model = PeftModel.from_pretrained(base, "path/to/this/folder")
tokenizer = AutoTokenizer.from_pretrained("path/to/this/folder")
```

Labels, in the order of the outputs, and inputs with the probabilities to expect are in `anneal.json`.
"""
