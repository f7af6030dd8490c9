"""The words for findings, in English and Chinese. Percentages and figures come rounded."""

from __future__ import annotations

from anneal.common.texts import text, texts_register
from anneal.jobs.diagnosis.facts import Finding

texts_register(
    {
        "diagnosis.rate:diverged": (
            "At step {step} the loss was no longer a number: a learning rate of {rate} is too high for this run.",
            "训练到第 {step} 步时损失已不再是数值：学习率 {rate} 对这次训练来说过高。",
        ),
        "diagnosis.rate:collapsed": (
            (
                "Nothing was learnt: the training loss shot up to {highest} and settled at {last}, where a model stands that ignores its "
                "texts ({ignorant}). A learning rate of {rate} is too high."
            ),
            "模型没有学到东西：训练损失骤升到 {highest}，最后停在 {last}，与完全不看文本的模型（{ignorant}）相当。学习率 {rate} 过高。",
        ),
        "diagnosis.rate:loss_rose": (
            (
                "The training loss had come down to {lowest} and climbed back to {last}: with a learning rate of {rate} each step undoes "
                "what earlier ones have learnt."
            ),
            "训练损失曾降到 {lowest}，又回升到 {last}：学习率 {rate} 过高，每一步都在抹掉先前学到的东西。",
        ),
        "diagnosis.rate:spikes": (
            (
                "The training loss jumped {count} times, up to {highest}, far above the {start} it began with: steps at a learning rate of "
                "{rate} are too large."
            ),
            "训练损失出现 {count} 次骤升，最高达 {highest}，远高于起始的 {start}：学习率 {rate} 的步子太大。",
        ),
        "diagnosis.rate:gradients_grew": (
            (
                "Gradients have grown from {before} to {after} while the loss did not fall: the run is on its way to diverge at a learning "
                "rate of {rate}."
            ),
            "梯度范数从 {before} 增大到 {after}，而损失没有下降：在学习率 {rate} 下，训练正走向发散。",
        ),
        "diagnosis.rate:hardly_moved": (
            "In {steps} steps the training loss only went from {first} to {last}: a learning rate of {rate} is too low to learn by.",
            "{steps} 步之后，训练损失仅从 {first} 变为 {last}，几乎没有变化：学习率 {rate} 过低，学不到东西。",
        ),
        "diagnosis.passes:over_fitted": (
            (
                "It learns its training rows by heart: validation loss was lowest after epoch {epoch} ({lowest}) and rose to {last} by "
                "epoch {last_epoch}, while training loss fell from {train_before} to {train_last}. The best weights are kept all the same."
            ),
            (
                "模型开始死记训练数据：验证损失在第 {epoch} 轮后最低（{lowest}），到第 {last_epoch} 轮升至 {last}，而训练损失仍从 "
                "{train_before} 降到 {train_last}。最好的权重已另行保留。"
            ),
        ),
        "diagnosis.passes:over_fitted_kept_best": (
            (
                "Passes after epoch {epoch} only learnt the training rows by heart: validation loss rose from {lowest} to {last} while "
                "training loss fell from {train_before} to {train_last}. The model has the best weights on validation, not the last ones; "
                "fewer epochs would only save time."
            ),
            (
                "第 {epoch} 轮之后只是在死记训练数据：验证损失从 {lowest} 升至 {last}，训练损失却从 {train_before} 降到 {train_last}。"
                "交付的是验证集上最好的权重，而不是最后的权重；减少轮数只会节省时间。"
            ),
        ),
        "diagnosis.passes:still_improving": (
            (
                "It was still getting better when it ended: validation loss fell from {before} to {last} in the last pass, epoch {epoch}. "
                "More epochs will probably help."
            ),
            "训练结束时模型仍在进步：最后一轮（第 {epoch} 轮）验证损失从 {before} 降到 {last}。增加轮数很可能会更好。",
        ),
        "diagnosis.passes:budget_short": (
            (
                "The time ran out while it was still getting better: validation loss fell from {before} to {last} in the last pass, "
                "epoch {epoch}."
            ),
            "时间预算用尽时模型仍在进步：最后一轮（第 {epoch} 轮）验证损失从 {before} 降到 {last}。",
        ),
        "diagnosis.data:no_better_than_guessing": (
            (
                "It does no better than guessing: {tuned} against {rival} on {rows} rows. No setting mends that; look at the data: do the "
                "texts hold what decides the answer, and are the answers right?"
            ),
            (
                "结果并不比猜测更好：{rows} 行上为 {tuned}，猜测为 {rival}。调整设置无济于事，请检查数据："
                "文本中是否含有决定答案的信息？答案是否正确？"
            ),
        ),
        "diagnosis.data:no_better_than_simple": (
            (
                "A far simpler model does as well: {rival} against {tuned} on {rows} rows. More or better examples will help more than "
                "other settings; or use the simple model."
            ),
            (
                "简单得多的模型也能做到同样的效果：{rows} 行上为 {rival}，微调模型为 {tuned}。"
                "增加或改进样本比调整设置更有用；也可以直接使用简单模型。"
            ),
        ),
        "diagnosis.data:held_out_small": (
            (
                "{rows} held-out rows are too few to tell: the difference of {difference} points may be off by {half} points either way. "
                "About {needed} rows would settle it."
            ),
            (
                "{rows} 行留出数据不足以得出结论：{difference} 个百分点的差距本身就有上下 {half} 个百分点的误差。"
                "大约需要 {needed} 行才能判定。"
            ),
        ),
        "diagnosis.data:validation_small": (
            (
                "The validation split has only {rows} rows: its passes differ by {spread} points, and chance alone makes {error}. Which "
                "pass was best is hardly known."
            ),
            "验证集只有 {rows} 行：各轮之间相差 {spread} 个百分点，而仅偶然误差就有 {error} 个百分点，因此很难判断哪一轮最好。",
        ),
        "diagnosis.data:test_harder": (
            (
                "It reaches {validation} % on the {validation_rows} validation rows but {test} % on the {test_rows} test rows, more than "
                "chance explains: the splits are not of one kind, or validation rows resemble training rows too much."
            ),
            (
                "模型在 {validation_rows} 行验证数据上达到 {validation} %，在 {test_rows} 行测试数据上却只有 {test} %，差距超出偶然："
                "两部分数据并非同一类，或验证数据与训练数据过于相似。"
            ),
        ),
        "diagnosis.data:test_easier": (
            (
                "It reaches {test} % on the {test_rows} test rows but {validation} % on the {validation_rows} validation rows, more than "
                "chance explains: the splits are not of one kind, or test rows resemble training rows too much."
            ),
            (
                "模型在 {test_rows} 行测试数据上达到 {test} %，在 {validation_rows} 行验证数据上却只有 {validation} %，差距超出偶然："
                "两部分数据并非同一类，或测试数据与训练数据过于相似。"
            ),
        ),
        "diagnosis.data:leaked": (
            (
                "{count} of {total} held-out rows ({split}; {share} %) stand among the training rows as well: every figure here is better "
                "than what you will see in use."
            ),
            "留出数据（{split}）的 {total} 行中有 {count} 行（{share} %）也出现在训练数据中：这里的指标都会好于实际使用时的表现。",
        ),
        "diagnosis.data:leaked_validation": (
            (
                "{count} of {total} validation rows ({share} %) stand among the training rows too: validation figures are too good, and "
                "the choice of the best pass rests on them. Figures on the test rows are not touched."
            ),
            (
                "验证数据的 {total} 行中有 {count} 行（{share} %）也出现在训练数据中：验证指标偏高，而最佳轮次正是据此选出的。"
                "测试数据上的指标不受影响。"
            ),
        ),
        "diagnosis.data:rare_label_missed": (
            (
                "The label “{label}” is mostly missed: {recall} % of its {support} held-out rows are found. It has {count} training rows, "
                "the most frequent label {most}. (Labels like this: {labels}.)"
            ),
            (
                "标签“{label}”大多没有被识别：{support} 行留出数据中只找到 {recall} %。"
                "它只有 {count} 行训练数据，最常见的标签有 {most} 行。（此类标签共 {labels} 个。）"
            ),
        ),
        "diagnosis.length:cut": (
            (
                "{count} training texts ({share} %) are longer than the {max_length} tokens that are read; the part left out may be "
                "what decides."
            ),
            "{count} 条训练文本（{share} %）超过可读取的 {max_length} 个词元；决定答案的内容可能就在被截去的部分。",
        ),
        "diagnosis.length:at_the_limit": (
            (
                "{count} training texts ({share} %) are longer than {max_length} tokens, which is all that this base model reads. Shorten "
                "or divide them, have the other end of them read, or choose a base model that reads more."
            ),
            (
                "{count} 条训练文本（{share} %）超过 {max_length} 个词元，已是该基座模型的上限。"
                "请缩短或拆分文本，改为读取文本的另一端，或选择可读更长文本的基座模型。"
            ),
        ),
        "diagnosis.ended:checkpoint_left": (
            "The job ended without a model, but its best checkpoint is kept: that of step {step}.",
            "任务结束时没有产生模型，但其最佳检查点（第 {step} 步）仍保留着。",
        ),
        "diagnosis.memory:halved": (
            "Batches of {rows} rows did not fit into memory and were halved ({times}×), which cost time: {fits} rows fit at once.",
            "{rows} 行的批次超出内存，被对半拆分 {times} 次，训练因此变慢：一次可容纳 {fits} 行。",
        ),
    }
)


def finding_message(finding: Finding) -> str:
    """The words for a finding, in the language of the request."""
    shown = {name: f"{value:g}" if isinstance(value, float) else value for name, value in finding.params.items()}
    return text(f"diagnosis.{finding.code}", **shown)
