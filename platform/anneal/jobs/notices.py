"""The words for what a run tells its owner besides failing: warnings, and why an `auto` value became what it is."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from anneal.common.texts import is_chinese, text, texts_register, texts_registered
from anneal.jobs.price import price_currency

log = structlog.get_logger(__name__)

_OF_ONE = ".one"
_SPLITS = {
    "train": ("training", "训练"),
    "validation": ("validation", "验证"),
    "test": ("test", "测试"),
    "held_out": ("held-out", "留出"),
}


def _counted(code: str, *, one: str, other: str, chinese: str) -> dict[str, tuple[str, str]]:
    """Words about a `count`, of which English has a form for a single one."""
    return {code: (other, chinese), f"{code}{_OF_ONE}": (one, chinese)}


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
        **_counted(
            "warning.data:answers_moved",
            one="{count} of the {where} has an answer that is not at its offset; it was found at its only place in the text: row {rows}.",
            other="{count} of the {where} have an answer that is not at its offset; each was found at its only place in the text and is "
            "used there: rows {rows}.",
            chinese="{where}中有 {count} 行的答案不在所给位置；已在文本中唯一的出现处找到并采用：第 {rows} 行。",
        ),
        **_counted(
            "warning.data:empty_text",
            one="{count} of the {where} has no text and was left out: row {row}.",
            other="{count} of the {where} have no text and were left out; the first is row {row}.",
            chinese="{where}中有 {count} 行没有文本，已略去；第一处在第 {row} 行。",
        ),
        **_counted(
            "warning.data:conflicting_targets",
            one="{count} of the {where} has the input of an earlier row and another answer: row {row}.",
            other="{count} of the {where} have the input of an earlier row and another answer; the first is row {row}.",
            chinese="{where}中有 {count} 行的输入与前面某行相同而答案不同；第一处在第 {row} 行。",
        ),
        **_counted(
            "warning.data:consecutive_turns",
            one="{count} conversation of the {where} has two messages of the user in a row: row {row}.",
            other="{count} conversations of the {where} have two messages of the user in a row; the first is row {row}.",
            chinese="{where}中有 {count} 段对话出现连续两条用户消息；第一处在第 {row} 行。",
        ),
        **_counted(
            "warning.data:control_tokens",
            one="{count} conversation of the {where} holds control tokens of the model in its texts, such as {token}; they are read as "
            "plain text. It is row {row}.",
            other="{count} conversations of the {where} hold control tokens of the model in their texts, such as {token}; they are read "
            "as plain text. The first is row {row}.",
            chinese="{where}中有 {count} 段对话的文本含有模型的控制词元（如 {token}），它们被当作普通文本读取。第一处在第 {row} 行。",
        ),
        **_counted(
            "warning.data:empty_message",
            one="{count} conversation of the {where} has a message without content: row {row}.",
            other="{count} conversations of the {where} have a message without content; the first is row {row}.",
            chinese="{where}中有 {count} 段对话含有空消息；第一处在第 {row} 行。",
        ),
        **_counted(
            "warning.data:identical_pairs",
            one="{count} of the {where} has the same text in {source} and in {target}: row {row}.",
            other="{count} of the {where} have the same text in {source} and in {target}; the first is row {row}.",
            chinese="{where}中有 {count} 行的 {source} 与 {target} 完全相同；第一处在第 {row} 行。",
        ),
        **_counted(
            "warning.data:leakage",
            one="{count} of the {total} {split} rows stands in the training rows as well, so that figures flatter: row {row}.",
            other="{count} of the {total} {split} rows stand in the training rows as well, so that figures flatter; the first is "
            "row {row}.",
            chinese="{total} 行{split}数据中有 {count} 行也出现在训练数据中，指标会因此偏高；第一处在第 {row} 行。",
        ),
        **_counted(
            "warning.data:longer_than_source",
            one="{count} of the {where} has a longer text in {column} than its source: row {row}.",
            other="{count} of the {where} have a longer text in {column} than their source; the first is row {row}.",
            chinese="{where}中有 {count} 行在 {column} 中的文本比原文更长；第一处在第 {row} 行。",
        ),
        **_counted(
            "warning.data:missing_values",
            one="{count} of the {where} has nothing in {column} where others have something, and is learnt as one that has none; write an "
            "empty list where that is meant. It is row {row}.",
            other="{count} of the {where} have nothing in {column} where others have something, and are learnt as rows that have none; "
            "write an empty list where that is meant. The first is row {row}.",
            chinese="{where}中有 {count} 行的 {column} 没有值，而其他行有值；这些行按“没有”来学习，若确实如此请写空列表。"
            "第一处在第 {row} 行。",
        ),
        **_counted(
            "warning.data:no_trained_tokens",
            one="{count} of the {where} has nothing to learn within {max_length} tokens and was left out: row {row}.",
            other="{count} of the {where} have nothing to learn within {max_length} tokens and were left out; the first is row {row}.",
            chinese="{where}中有 {count} 行在 {max_length} 个词元内没有可学习的内容，已略去；第一处在第 {row} 行。",
        ),
        **_counted(
            "warning.data:similar_labels",
            one="The {where} have the labels “{first}” and “{second}”, which differ in case, spaces or width alone, and are learnt as "
            "two ({count} such group); spell them alike if they are one.",
            other="The {where} have the labels “{first}” and “{second}”, which differ in case, spaces or width alone, and are learnt as "
            "two ({count} such groups); spell them alike if they are one.",
            chinese="{where}的标签“{first}”和“{second}”仅在大小写、空格或全半角上不同，被当作两个标签（共 {count} 组）；"
            "若为同一个，请统一写法。",
        ),
        **_counted(
            "warning.data:special_tokens",
            one="{count} of the {where} holds special tokens of the base model in its texts, such as {token}, which are read as these and "
            "not as text; write them otherwise where text is meant. It is row {row}.",
            other="{count} of the {where} hold special tokens of the base model in their texts, such as {token}, which are read as these "
            "and not as text; write them otherwise where text is meant. The first is row {row}.",
            chinese="{where}中有 {count} 行的文本含有基座模型的特殊词元（如 {token}），它们按特殊词元而不是文本读取；"
            "若本意是文本，请换一种写法。第一处在第 {row} 行。",
        ),
        **_counted(
            "warning.data:tags_without_beginning",
            one="{count} of the {where} has a tag in {column} that goes on with a span (I-) where none has begun (B-): row {row}.",
            other="{count} of the {where} have a tag in {column} that goes on with a span (I-) where none has begun (B-); the first is "
            "row {row}.",
            chinese="{where}中有 {count} 行在 {column} 中出现没有开头（B-）的延续标签（I-）；第一处在第 {row} 行。",
        ),
        **_counted(
            "warning.data:targets_truncated",
            one="{count} of the {where} has a text in {column} that is longer than {max_length} tokens; its end is not learnt. It is row "
            "{row}.",
            other="{count} of the {where} have a text in {column} that is longer than {max_length} tokens; its end is not learnt. The "
            "first is row {row}.",
            chinese="{where}中有 {count} 行在 {column} 中的文本超过 {max_length} 个词元，超出部分不会被学习；第一处在第 {row} 行。",
        ),
        **_counted(
            "warning.data:truncated",
            one="{count} text of the {split} rows is longer than {max_length} tokens; its end is not read.",
            other="{count} texts of the {split} rows are longer than {max_length} tokens; their ends are not read.",
            chinese="{split}数据中有 {count} 条文本超过 {max_length} 个词元，超出部分不会被读取。",
        ),
        **_counted(
            "warning.data:truncated_left",
            one="{count} text of the {split} rows is longer than {max_length} tokens; its beginning is not read.",
            other="{count} texts of the {split} rows are longer than {max_length} tokens; their beginnings are not read.",
            chinese="{split}数据中有 {count} 条文本超过 {max_length} 个词元，其开头不会被读取。",
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
        **_counted(
            "warning.data:validation_alike",
            one="There is {count} validation row, so {figure} is the same for any weights: those with the lowest validation loss are kept, "
            "or the last ones where that is the same as well. Bring more validation rows, of different scores.",
            other="All {count} validation rows have one score, so {figure} is the same for any weights: those with the lowest validation "
            "loss are kept, or the last ones where that is the same as well. Bring validation rows of different scores.",
            chinese="{count} 行验证数据只有一种分数，因此 {figure} 对任何权重都一样：保留验证损失最低的权重，"
            "若损失也都相同则保留最后的权重。请提供分数各不相同的验证数据。",
        ),
        **_counted(
            "warning.data:validation_one_kind",
            one="There is {count} validation row, labelled {label}, so {figure}, which sets good answers against others, is the same for "
            "any weights: those with the lowest validation loss are kept. Bring more validation rows, of both labels.",
            other="All {count} validation rows are labelled {label}, so {figure}, which sets good answers against others, is the same for "
            "any weights: those with the lowest validation loss are kept. Bring validation rows of both labels.",
            chinese="{count} 行验证数据的标签都是 {label}，而 {figure} 是好回答与其他回答的比较，因此对任何权重都一样："
            "保留验证损失最低的权重。请提供两种标签的验证数据。",
        ),
        **_counted(
            "warning.data:validation_split_off",
            one="There are no validation rows, so {count} of the training rows ({percent} %) was set aside for validation.",
            other="There are no validation rows, so {count} of the training rows ({percent} %) were set aside for validation.",
            chinese="没有验证数据，因此从训练数据中划出 {count} 行（{percent}%）用于验证。",
        ),
        "warning.environment:changed": (
            (
                "The run continues in another environment than it began in: the same data in the same order, but the last bits of "
                "the result may differ. Changed: {changed}."
            ),
            "运行在与开始时不同的环境中继续：数据与顺序不变，但结果的末位可能不同。变化：{changed}。",
        ),
        "warning.export:bends_alone": (
            (
                "What was learnt is delivered as an adapter alone, which runs on top of the base model: its small networks are not linear, "
                "and the matrices of a plain model cannot take that up. LoRA delivers a whole model as well."
            ),
            "学到的内容只以适配器形式交付，需加载到基座模型上运行：其小网络是非线性的，无法并入普通模型的矩阵。LoRA 还会交付完整模型。",
        ),
        "warning.export:keys_alone": (
            (
                "What was learnt is delivered as an adapter alone, which runs on top of the base model: a plain model computes its keys "
                "and values from tokens, and has no place for learnt ones. LoRA delivers a whole model as well."
            ),
            (
                "学到的内容只以适配器形式交付，需加载到基座模型上运行：普通模型的键和值都由词元算出，没有位置存放学到的键和值。"
                "LoRA 还会交付完整模型。"
            ),
        ),
        "warning.export:words_alone": (
            (
                "What was learnt is delivered as an adapter alone, which runs on top of the base model: its vectors could only become new "
                "words, and the outputs of this task, which are about words or are means over them, would count the new ones as well. LoRA "
                "delivers a whole model as well."
            ),
            (
                "学到的内容只以适配器形式交付，需加载到基座模型上运行：这些向量只能成为词表中的新词，而该任务的输出针对词或是对词求平均，"
                "会把新词也算进去。LoRA 还会交付完整模型。"
            ),
        ),
        "warning.limit:budget_spent": (
            (
                "The budget of {budget_seconds:# second|# seconds} is spent after {step} of {total_steps:# step|# steps}; "
                "the best weights so far are delivered."
            ),
            "{budget_seconds} 秒的预算在完成 {total_steps} 步中的 {step} 步后用尽；交付目前最好的权重。",
        ),
        "warning.limit:money_spent": (
            (
                "The budget of {budget_cost} {currency} is spent after {step} of {total_steps:# step|# steps}; the best "
                "weights so far are delivered."
            ),
            "{budget_cost} {currency} 的费用预算在完成 {total_steps} 步中的 {step} 步后用尽；交付目前最好的权重。",
        ),
        "warning.memory:batch_halved": (
            (
                "A batch of {rows:# row|# rows} does not fit into memory, so it is worked in halves; the result stays the "
                "same, the speed does not."
            ),
            "{rows} 行的批次超出内存，已对半分次计算；结果不变，速度会降低。",
        ),
        "warning.search:money_spent": (
            (
                "The money for the search ({max_cost} {currency}) is spent after {count} of {planned:# trial|# trials}; "
                "the best of them is delivered."
            ),
            "搜索的费用预算（{max_cost} {currency}）在完成 {planned} 次试验中的 {count} 次后用尽；交付其中最好的一次。",
        ),
        "warning.search:time_over": (
            "The time for the search ({max_seconds} s) is over after {count} of {planned:# trial|# trials}; the best of them is delivered.",
            "搜索的时间预算（{max_seconds} 秒）在完成 {planned} 次试验中的 {count} 次后用尽；交付其中最好的一次。",
        ),
        "warning.search:trial_cut_short": (
            "What the search was given is used up: trial {trial} ended after {step} of {total_steps} steps, with its best weights.",
            "搜索的预算已用尽：试验 {trial} 在完成 {total_steps} 步中的 {step} 步后结束，采用其目前最好的权重。",
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
                "The longest training text has {longest:# token|# tokens}; the limit covers it as far as the base model "
                "reads ({limit}), and is "
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
        **_counted(
            "rule.truncation_side.few_are_cut",
            one="{count} training text is longer than {max_length} tokens, too few to compare their ends: its beginning is read.",
            other="{count} training texts are longer than {max_length} tokens, too few to compare their ends: their beginnings are read.",
            chinese="有 {count} 条训练文本超过 {max_length} 个词元，数量太少，无法比较两端：读取文本的开头。",
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
        "rule.head.after_similarity": (
            (
                "The output layer starts from random values once the model has learnt to compare: what the untouched base model makes of "
                "two texts at once says little about them."
            ),
            "模型学会比较之后，输出层从随机值开始：未经训练的基座模型同时阅读两条文本所得的特征几乎不能说明二者的关系。",
        ),
        "rule.batch_size.by_tokens": (
            "A row with its candidates has about {tokens:# token|# tokens}, and a step should read about {aim}, in at least {fewest} rows.",
            "一行连同其候选约有 {tokens} 个词元；每步应读取约 {aim} 个词元，至少 {fewest} 行。",
        ),
        "rule.batch_size.by_examples": (
            "{usual} rows per step, or fewer (at least {fewest}) when the whole run would then have fewer than {fewest_steps} steps.",
            "每步 {usual} 行；若整个训练因此少于 {fewest_steps} 步，则减少行数（至少 {fewest} 行）。",
        ),
        "rule.epochs.by_examples": (
            (
                "With {rows:# training row|# training rows}, {epochs:# pass shows|# passes show} the model about "
                "{examples:# example|# examples} (the aim is {aim}, in at most {most:# pass|# passes})."
            ),
            "训练数据有 {rows} 行，{epochs} 轮共让模型看到约 {examples} 个样本（目标 {aim} 个，最多 {most} 轮）。",
        ),
        "rule.warmup.by_steps": (
            (
                "The rate rises over {percent} % of the {steps:# step|# steps}, and over {most} at most: the optimiser's "
                "averages are settled by then."
            ),
            "学习率在全部 {steps} 步的 {percent}% 内上升，最多 {most} 步：届时优化器的平均值已经稳定。",
        ),
        "rule.patience.by_steps": (
            (
                "Training ends after {patience:# pass|# passes} without gain. A pass has {steps:# step|# steps}, and at least "
                "{fewest_steps} steps are waited for, in at least {fewest} passes: small sets get worse before they get better."
            ),
            (
                "连续 {patience} 轮没有提升则结束训练。每轮 {steps} 步；至少等待 {fewest_steps} 步且不少于 {fewest} 轮："
                "小数据集往往先变差再变好。"
            ),
        ),
        "rule.r_drop.short_run": (
            (
                "{rows:# training row|# training rows}, {tokens:# token|# tokens} in all passes: up to {most} rows and {most_tokens} "
                "tokens every step reads its rows twice with different dropout, and the two answers have to agree, so that few rows are "
                "learnt by heart less. A step takes twice the time."
            ),
            (
                "训练数据有 {rows} 行，各轮共 {tokens} 个词元：不超过 {most} 行且 {most_tokens} 个词元时，每步以不同的 dropout 读两遍，"
                "两次回答须一致，以免死记少量数据；每步耗时加倍。"
            ),
        ),
        "rule.r_drop.long_run": (
            (
                "{rows:# training row|# training rows}, {tokens:# token|# tokens} in all passes: above {most} rows or {most_tokens} tokens "
                "every step reads its rows once. Many rows are not soon learnt by heart, and long texts would take twice their time."
            ),
            (
                "训练数据有 {rows} 行，各轮共 {tokens} 个词元：超过 {most} 行或 {most_tokens} 个词元时，每步只读一遍；"
                "数据多不易被死记，文本长则耗时加倍。"
            ),
        ),
        "rule.r_drop.large_base": (
            "The base model has {parameters} parameters; from {large} on, rows are not read twice, which would take twice the memory.",
            "基座模型有 {parameters} 个参数；达到 {large} 时不再读两遍，否则内存加倍。",
        ),
        "rule.r_drop.no_dropout": (
            "The network drops no values, so that reading rows twice would say the same twice.",
            "网络不使用 dropout，读两遍得到的结果相同。",
        ),
        "rule.similarity_epochs.short_run": (
            (
                "{epochs:# pass comes|# passes come} before those that learn the answers. The base model has read texts one by one; "
                "here it reads two at once, and first learns how alike it finds them, which costs no answers and is what most of them "
                "begin with."
            ),
            (
                "在学习答案之前先进行 {epochs} 轮：基座模型以往逐条阅读文本，此处须同时阅读两条，因此先学习它自己认为两条文本有多相似；"
                "这不需要标注，也是多数答案的基础。"
            ),
        ),
        "rule.similarity_epochs.long_run": (
            (
                "{rows:# training row|# training rows}, {tokens:# token|# tokens} in all passes: above {most} rows or {most_tokens} tokens "
                "the answers themselves teach the model to compare two texts."
            ),
            "训练数据有 {rows} 行，各轮共 {tokens} 个词元：超过 {most} 行或 {most_tokens} 个词元时，答案本身足以教会模型比较两条文本。",
        ),
        "rule.similarity_epochs.not_tried": (
            (
                "No passes about how alike two texts are: they are taken for labels, when every weight learns and the base model's "
                "vectors of single texts are made to be compared."
            ),
            "不进行相似度学习：仅当目标是标签、全部权重参与训练且基座模型的文本向量可用于比较时才进行。",
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
    counted = f"{code}{_OF_ONE}"
    try:
        return text(
            counted if params.get("count") == 1 and counted in texts_registered() else code, **_rows_named(shown)
        )
    except KeyError:  # a run of an older version told less
        log.info("notice.params_missing", code=code)
        return said


def _rows_named(params: Mapping[str, object]) -> dict[str, object]:
    """Splits by their names, and rows by their split: the files that the trainer reads are the platform's own."""
    named = dict(params)
    language = is_chinese()
    if "split" in params:
        named["split"] = _SPLITS.get(str(params["split"]), (params["split"],) * 2)[language]
    if "file" in params:
        file = str(params["file"])
        split = _SPLITS.get(file.removesuffix(".parquet"))
        rows = (f"rows of {file}", f"{file} ") if split is None else (f"{split[0]} rows", f"{split[1]}数据")
        named["where"] = rows[language]
    return named
