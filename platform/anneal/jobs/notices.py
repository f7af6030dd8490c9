"""The words for what a run tells its owner besides failing: warnings, and why an `auto` value became what it is."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from anneal.common.texts import text, texts_register, texts_registered
from anneal.jobs.price import price_currency

log = structlog.get_logger(__name__)

texts_register(
    {
        "warning.augmentation:no_near_words": (
            "No word of the training rows has a near one in the base model's embedding table, so none is replaced or inserted.",
            "训练数据中没有任何词在基座模型的嵌入表中有足够接近的词，因此不做替换或插入。",
        ),
        "warning.augmentation:no_other_words": (
            "No training row has come back from translation in other words, so all are read as they are.",
            "没有任何训练行经回译后变成不同的说法，因此全部按原样使用。",
        ),
        "warning.checkpoint:damaged": (
            "The checkpoint of step {step} was damaged; the run went on from the one before.",
            "第 {step} 步的检查点已损坏；运行从前一个检查点继续。",
        ),
        "warning.data:answers_moved": (
            (
                "{count} rows of {file} have an answer that is not at its offset; each was found at its only place in the text and is "
                "used there: rows {rows}."
            ),
            "{file} 中有 {count} 行的答案不在所给位置；已在文本中唯一的出现处找到并采用：第 {rows} 行。",
        ),
        "warning.data:empty_text": (
            "{count} rows of {file} have no text and were left out; the first is row {row}.",
            "{file} 中有 {count} 行没有文本，已略去；第一处在第 {row} 行。",
        ),
        "warning.data:conflicting_targets": (
            "{count} rows of {file} have the input of an earlier row and another answer; the first is row {row}.",
            "{file} 中有 {count} 行的输入与前面某行相同而答案不同；第一处在第 {row} 行。",
        ),
        "warning.data:consecutive_turns": (
            "{count} conversations of {file} have two messages of the user in a row; the first is row {row}.",
            "{file} 中有 {count} 段对话出现连续两条用户消息；第一处在第 {row} 行。",
        ),
        "warning.data:control_tokens": (
            (
                "{count} conversations of {file} hold control tokens of the model in their texts, such as {token}; they are read as plain "
                "text. The first is row {row}."
            ),
            "{file} 中有 {count} 段对话的文本含有模型的控制词元（如 {token}），它们被当作普通文本读取。第一处在第 {row} 行。",
        ),
        "warning.data:empty_message": (
            "{count} conversations of {file} have a message without content; the first is row {row}.",
            "{file} 中有 {count} 段对话含有空消息；第一处在第 {row} 行。",
        ),
        "warning.data:identical_pairs": (
            "{count} rows of {file} have the same text in {source} and in {target}; the first is row {row}.",
            "{file} 中有 {count} 行的 {source} 与 {target} 完全相同；第一处在第 {row} 行。",
        ),
        "warning.data:leakage": (
            (
                "{count} of the {total} {split} rows ({file}) stand in the training rows ({train}) as well, so that figures flatter; the "
                "first is row {row}."
            ),
            "{split} 数据（{file}）的 {total} 行中有 {count} 行也出现在训练数据（{train}）中，指标会因此偏高；第一处在第 {row} 行。",
        ),
        "warning.data:longer_than_source": (
            "{count} rows of {file} have a longer text in {column} than their source; the first is row {row}.",
            "{file} 中有 {count} 行在 {column} 中的文本比原文更长；第一处在第 {row} 行。",
        ),
        "warning.data:no_trained_tokens": (
            "{count} rows of {file} have nothing to learn within {max_length} tokens and were left out; the first is row {row}.",
            "{file} 中有 {count} 行在 {max_length} 个词元内没有可学习的内容，已略去；第一处在第 {row} 行。",
        ),
        "warning.data:similar_labels": (
            (
                "{file} has the labels “{first}” and “{second}”, which differ in case, spaces or width alone, and are learnt as two "
                "({count} such groups); spell them alike if they are one."
            ),
            "{file} 的标签“{first}”和“{second}”仅在大小写、空格或全半角上不同，被当作两个标签（共 {count} 组）；若为同一个，请统一写法。",
        ),
        "warning.data:tags_without_beginning": (
            (
                "{count} rows of {file} have a tag in {column} that goes on with a span (I-) where none has begun (B-); the first is row "
                "{row}."
            ),
            "{file} 中有 {count} 行在 {column} 中出现没有开头（B-）的延续标签（I-）；第一处在第 {row} 行。",
        ),
        "warning.data:targets_truncated": (
            (
                "{count} rows of {file} have a text in {column} that is longer than {max_length} tokens; its end is not learnt. The first "
                "is row {row}."
            ),
            "{file} 中有 {count} 行在 {column} 中的文本超过 {max_length} 个词元，超出部分不会被学习；第一处在第 {row} 行。",
        ),
        "warning.data:truncated": (
            "{count} texts of the {split} rows are longer than {max_length} tokens; their ends are not read.",
            "{split} 数据中有 {count} 条文本超过 {max_length} 个词元，超出部分不会被读取。",
        ),
        "warning.data:truncated_left": (
            "{count} texts of the {split} rows are longer than {max_length} tokens; their beginnings are not read.",
            "{split} 数据中有 {count} 条文本超过 {max_length} 个词元，其开头不会被读取。",
        ),
        "warning.data:unknown_tokens": (
            (
                "{base_model} does not know {percent} % of what it reads of the training texts: words or characters of which it is only "
                "told that something stands there. It was made for other languages; choose another base model."
            ),
            (
                "{base_model} 读到的训练文本内容中有 {percent}% 是它不认识的词或字符，它只知道那里有内容。"
                "该模型面向其他语言；请换用其他基座模型。"
            ),
        ),
        "warning.data:validation_split_off": (
            "There is no validation file, so {count} of the training rows were set aside for validation.",
            "没有验证集文件，因此从训练数据中划出 {count} 行用于验证。",
        ),
        "warning.environment:changed": (
            (
                "The run continues in another environment than it began in: the same data in the same order, but the last bits of "
                "the result may differ. Changed: {changed}."
            ),
            "运行在与开始时不同的环境中继续：数据与顺序不变，但结果的末位可能不同。变化：{changed}。",
        ),
        "warning.limit:budget_spent": (
            "The budget of {budget_seconds} seconds is spent after {step} of {total_steps} steps; the best weights so far are delivered.",
            "{budget_seconds} 秒的预算在完成 {total_steps} 步中的 {step} 步后用尽；交付目前最好的权重。",
        ),
        "warning.limit:money_spent": (
            "The budget of {budget_cost} {currency} is spent after {step} of {total_steps} steps; the best weights so far are delivered.",
            "{budget_cost} {currency} 的费用预算在完成 {total_steps} 步中的 {step} 步后用尽；交付目前最好的权重。",
        ),
        "warning.memory:batch_halved": (
            "A batch of {rows} rows does not fit into memory, so it is worked in halves; the result stays the same, the speed does not.",
            "{rows} 行的批次超出内存，已对半分次计算；结果不变，速度会降低。",
        ),
        "warning.search:money_spent": (
            "The money for the search ({max_cost} {currency}) is spent after {count} of {planned} trials; the best of them is delivered.",
            "搜索的费用预算（{max_cost} {currency}）在完成 {planned} 次试验中的 {count} 次后用尽；交付其中最好的一次。",
        ),
        "warning.search:time_over": (
            "The time for the search ({max_seconds} s) is over after {count} of {planned} trials; the best of them is delivered.",
            "搜索的时间预算（{max_seconds} 秒）在完成 {planned} 次试验中的 {count} 次后用尽；交付其中最好的一次。",
        ),
        "rule.method.by_size": (
            (
                "The base model has {parameters} parameters; below {large} every weight learns, and from there on low-rank updates "
                "(LoRA), which need a fraction of the memory."
            ),
            "基座模型有 {parameters} 个参数；少于 {large} 时全部权重参与学习，达到后改用低秩更新（LoRA），只需一小部分内存。",
        ),
        "rule.max_length.longest_text": (
            (
                "The longest training text has {longest} tokens; the limit covers it as far as the base model reads ({limit}), and is "
                "never below {floor}, since padding is not computed."
            ),
            "最长的训练文本有 {longest} 个词元；上限在基座模型可读范围（{limit}）内覆盖它，且不低于 {floor}，因为填充不参与计算。",
        ),
        "rule.max_length.block": (
            (
                "Texts are joined and cut into blocks of {length} tokens: as long as the longest text ({longest}), at most {most} and at "
                "most what the base model reads ({limit})."
            ),
            "文本被连接并切成每块 {length} 个词元：与最长文本（{longest}）相当，且不超过 {most} 和基座模型的可读长度（{limit}）。",
        ),
        "rule.truncation_side.few_are_cut": (
            "{count} training texts are longer than {max_length} tokens, too few to compare their ends: their beginnings are read.",
            "有 {count} 条训练文本超过 {max_length} 个词元，数量太少，无法比较两端：读取文本的开头。",
        ),
        "rule.truncation_side.beginnings": (
            (
                "{count} training texts are longer than {max_length} tokens. The words at their ends foretell {endings} % of the answers' "
                "variance, those at their beginnings {beginnings} %: the beginnings are read, since the ends are not clearly better."
            ),
            (
                "有 {count} 条训练文本超过 {max_length} 个词元。结尾处的词语能预测答案方差的 {endings}%，开头处的词语能预测 {beginnings}%："
                "结尾没有明显优势，因此读取开头。"
            ),
        ),
        "rule.truncation_side.endings": (
            (
                "{count} training texts are longer than {max_length} tokens. The words at their ends foretell {endings} % of the answers' "
                "variance, those at their beginnings {beginnings} %: the ends are read."
            ),
            (
                "有 {count} 条训练文本超过 {max_length} 个词元。结尾处的词语能预测答案方差的 {endings}%，开头处的词语能预测 {beginnings}%："
                "因此读取结尾。"
            ),
        ),
        "rule.head.own": (
            (
                "The task adds no output layer to the base model, so none is solved; what the untouched model reaches on validation is "
                "measured first, and kept if training does not improve on it."
            ),
            "该任务不为基座模型添加输出层，因此无需求解；先在验证集上测量未改动模型的结果，若训练没有改进则保留它。",
        ),
        "rule.head.warm_start": (
            (
                "The base model only reads: its layers become a decoder as well, whose view of the source is new. Nothing is solved; "
                "training starts from there."
            ),
            "基座模型只会阅读：它的各层同时用作解码器，而解码器对源文本的注意力是新的。无需求解，训练由此开始。",
        ),
        "rule.head.probe": (
            (
                "The output layer is solved on the base model's features first: it costs one pass over the data, and fine-tuning then "
                "starts from a good model instead of a random one."
            ),
            "先在基座模型的特征上求解输出层：只需遍历一次数据，微调便从一个好模型而不是随机模型开始。",
        ),
        "rule.batch_size.by_tokens": (
            "A row with its candidates has about {tokens} tokens, and a step should read about {aim}, in at least {fewest} rows.",
            "一行连同其候选约有 {tokens} 个词元；每步应读取约 {aim} 个词元，至少 {fewest} 行。",
        ),
        "rule.batch_size.by_examples": (
            "{usual} rows per step, or fewer when a pass would then have fewer than eight steps.",
            "每步 {usual} 行；若一轮因此少于八步，则减少行数。",
        ),
        "rule.epochs.by_examples": (
            (
                "With {rows} training rows, {epochs} passes show the model about {examples} examples (the aim is {aim}, in at most "
                "{most} passes)."
            ),
            "训练数据有 {rows} 行，{epochs} 轮共让模型看到约 {examples} 个样本（目标 {aim} 个，最多 {most} 轮）。",
        ),
        "rule.warmup.by_steps": (
            "The rate rises over {percent} % of the {steps} steps, and over {most} at most: the optimiser's averages are settled by then.",
            "学习率在全部 {steps} 步的 {percent}% 内上升，最多 {most} 步：届时优化器的平均值已经稳定。",
        ),
        "rule.learning_rate.after_probe": (
            "A small rate: the output layer is solved, and the base model should move little.",
            "较小的学习率：输出层已经求解，基座模型只需微动。",
        ),
        "rule.learning_rate.after_weak_probe": (
            "A larger rate: the solved output layer is a weak start, as the base model never gave answers of this kind.",
            "较大的学习率：基座模型并非为此类回答而训练，求解出的输出层只是较弱的起点。",
        ),
        "rule.learning_rate.from_base": (
            "A small rate: the base model answers already as it is, and should move little.",
            "较小的学习率：基座模型本身已能作答，只需微动。",
        ),
        "rule.learning_rate.from_random": (
            "A larger rate: the output layer starts from random values.",
            "较大的学习率：输出层从随机值开始。",
        ),
        "rule.learning_rate.of_preference": (
            (
                "The base model has {parameters} parameters; the larger a model, the smaller its steps. Preferences move a model easily, "
                "so they take {share} of the rate of other tasks."
            ),
            "基座模型有 {parameters} 个参数；模型越大，步子越小。偏好训练容易推动模型，因此取其他任务学习率的 {share}。",
        ),
        "rule.learning_rate.warm_start": (
            "A larger rate: what connects the decoder with the source starts from random values.",
            "较大的学习率：解码器与源文本之间的连接从随机值开始。",
        ),
        "rule.learning_rate.by_size": (
            "The base model has {parameters} parameters; the larger a model, the smaller its steps.",
            "基座模型有 {parameters} 个参数；模型越大，步子越小。",
        ),
        "factor_of_method": (
            "{why} The method {method} takes {factor} times the rate of full training.",
            "{why}方法 {method} 的学习率是全量训练的 {factor} 倍。",
        ),
    }
)


def warning_message(code: str, params: Mapping[str, object], said: str) -> str:
    """The words for a warning; what the trainer `said` itself where a newer trainer warns of something unknown here.

    Which `currency` money is in, the trainer does not know.
    """
    return _words(f"warning.{code}", {"currency": price_currency(), **params}, said)


def rule_message(rule: str, params: Mapping[str, object], said: str) -> str:
    """The words for a rule of `auto`; likewise. A method that learns at a rate of its own is named as well."""
    why = _words(f"rule.{rule}", params, said)
    if why == said or params.get("factor", 1) == 1:
        return why
    return _words("factor_of_method", {**params, "why": why}, why)


def _words(code: str, params: Mapping[str, object], said: str) -> str:
    if code not in texts_registered():
        return said
    shown = {name: f"{value:g}" if isinstance(value, float) else value for name, value in params.items()}
    try:
        return text(code, **shown)
    except KeyError:  # a run of an older version told less
        log.info("notice.params_missing", code=code)
        return said
