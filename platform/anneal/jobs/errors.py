"""Texts of the jobs' refusals, and the words for every reason of the contract."""

from __future__ import annotations

from collections.abc import Mapping

from anneal.common.texts import text, texts_register
from workers.contract.reasons import REASONS

texts_register(
    {
        "job.not_found": ("There is no such job.", "没有这个任务。"),
        "checkpoint.not_found": (
            "There is no such checkpoint, or it is not kept any more: a job keeps its last few and its best one.",
            "没有此检查点，或已不再保留：任务只保留最近几个和最佳的检查点。",
        ),
        "checkpoint.data_gone": (
            "The data of this job were deleted for good, so no model of its checkpoints can be evaluated. Download the checkpoint instead.",
            "该任务的数据集已被永久删除，因此无法评估由其检查点得到的模型。请改为下载该检查点。",
        ),
        "checkpoint.of_search": (
            "The checkpoints of a search are states of several runs; only the one that the search delivers becomes a model.",
            "搜索任务的检查点属于多次训练；只有搜索最终交付的那一个会成为模型。",
        ),
        "job.delivers_nothing": (
            "A job that is launched trains: leave out checkpointing.deliver_step, and deliver the checkpoint itself.",
            "启动的任务会进行训练：请去掉 checkpointing.deliver_step，并直接交付该检查点。",
        ),
        "job.wrong_state": (
            "This cannot be done while the job is {state}.",
            "任务处于“{state}”状态时不能执行此操作。",
        ),
        "job.not_ended": (
            "A job can be put away when it has ended; this one is {state}.",
            "任务结束后才能归档；此任务处于“{state}”状态。",
        ),
        "job.spec_invalid": ("{field}: {reason}.", "{field}：{reason}。"),
        "job.rank_too_large": (
            "{field} is {rank}, more than the {hidden_size} dimensions of {base_model}; choose at most {hidden_size}.",
            "{field} 为 {rank}，超过 {base_model} 的维度 {hidden_size}；请选择不大于 {hidden_size} 的值。",
        ),
        "job.max_length_too_large": (
            "{field} is {max_length}, but {base_model} reads at most {limit} tokens.",
            "{field} 为 {max_length}，但 {base_model} 最多读取 {limit} 个词元。",
        ),
        "job.task_mismatch": (
            "{base_model} cannot be fine-tuned for {task}.",
            "{base_model} 不支持针对 {task} 进行微调。",
        ),
        "job.no_verdicts": (
            "{field}: kto learns from single answers with a verdict, but this version has pairs. Choose dpo or orpo, or other data.",
            "{field}：kto 从带评价的单个答案中学习，而该版本包含成对的答案。请选择 dpo 或 orpo，或其他数据。",
        ),
        "job.no_pairs": (
            "{field}: {loss} learns from pairs, but this version has single answers with a verdict. Choose kto, or leave it out.",
            "{field}：{loss} 从成对的答案中学习，而该版本包含带评价的单个答案。请选择 kto，或省略此项。",
        ),
        "job.no_translator": (
            "{base_model} is no translation model with an encoder and a decoder; choose another for {field}.",
            "{base_model} 不是由编码器和解码器组成的翻译模型；请为 {field} 选择其他模型。",
        ),
        "job.other_task": (
            "task.type is {asked}, but the dataset version is for {task}; leave task.type out, or choose another dataset.",
            "task.type 为 {asked}，但该数据集版本用于 {task}；请省略 task.type 或选择其他数据集。",
        ),
        "job.column_named": (
            "{field}: the columns of a dataset version are named after their roles; leave it out, or give {role}.",
            "{field}：数据集版本的列以其角色命名；请省略此项或填写 {role}。",
        ),
        "job.dataset_version_not_found": (
            "There is no such dataset version. Confirm the columns of a dataset first; that makes a version.",
            "没有这个数据集版本。请先确认数据集的列映射，确认后会生成版本。",
        ),
        "job.too_many_queued": (
            "There {limit:is already # job|are already # jobs} waiting; let some start, or cancel some.",
            "已有 {limit} 个任务在排队；请等待部分任务开始，或取消一些任务。",
        ),
        "job.no_price": (
            "{field}: an hour of training has no price here, so there can be no budget of money; give one of time instead.",
            "{field}：本系统未设置训练每小时的价格，不能使用费用预算；请改用时间预算。",
        ),
        "estimate.limit_certain": (
            "Even the lowest estimate is above {field} ({seconds} seconds), which would end the run first.",
            "即使按最低估计也会超过 {field}（{seconds} 秒），运行会因此提前结束。",
        ),
        "estimate.limit_possible": (
            "The run may come to {field} ({seconds} seconds) before it is finished.",
            "运行可能在完成之前达到 {field}（{seconds} 秒）。",
        ),
        "preview.not_found": (
            "There is no such preview. A preview is kept for a day; ask for it again.",
            "没有这个预览。预览只保留一天；请重新生成。",
        ),
        "preview.too_many_waiting": (
            "There are already {limit} previews waiting; wait for some of them.",
            "已有 {limit} 个预览在等待；请等待其中一些完成。",
        ),
        "job.would_fail": (
            "The preview of what the model will read shows that this job would fail: {reason}",
            "模型读取内容的预览表明该任务将会失败：{reason}",
        ),
        "job.bad_filter": ("{name} must be one of: {known}.", "{name} 只能取：{known}。"),
        "job.bad_number": (
            "{name} must be a whole number from {low} to {high}.",
            "{name} 须为 {low} 到 {high} 的整数。",
        ),
        "saved_view.not_found": ("There is no such saved view.", "没有这个已保存的视图。"),
        "saved_view.taken": (
            "You already have a view named {name}; choose another name.",
            "您已有名为“{name}”的视图；请换一个名称。",
        ),
        "saved_view.too_many": (
            "You have {limit} saved views already; delete some that you no longer need.",
            "您已保存 {limit} 个视图；请先删除不再需要的视图。",
        ),
        "effect.no_fix": (
            "No fix of this finding was made into a version yet, so there is no effect to measure.",
            "此发现的修复尚未生成新版本，因此没有可测量的效果。",
        ),
        "effect.not_measurable": (
            "The effect of this fix cannot be measured: too few held-out rows are alike in both versions, or no row can be judged alone.",
            "无法测量此修复的效果：两个版本共有的留出行过少，或该任务的指标无法逐行比较。",
        ),
        "compare.bad_jobs": (
            "{name} must be {low} to {high} different ids of jobs with commas between them.",
            "{name} 须为 {low} 到 {high} 个互不相同的任务编号，以逗号分隔。",
        ),
        "compare.bad_baseline": (
            "baseline must be one of the jobs that are compared.",
            "baseline 须为参与比较的任务之一。",
        ),
        "pair.no_result": (
            "“{name}” has no result: only a job that has succeeded has one.",
            "“{name}”没有结果：只有成功完成的任务才有结果。",
        ),
        "pair.other_task": (
            "The two jobs were trained for different tasks.",
            "两个任务训练的任务类型不同。",
        ),
        "pair.task": (
            "In this task, the figure of a row depends on which other rows are searched with it, so rows cannot be compared.",
            "在这类任务中，一行的指标取决于与它一起检索的其他行，因此无法逐行比较。",
        ),
        "pair.other_dataset": (
            "The two jobs were judged on different datasets, so they have no held-out rows in common.",
            "两个任务在不同的数据集上评估，没有共同的留出数据。",
        ),
        "pair.no_row_figures": (
            "“{name}” keeps no figures of single rows, so it cannot be compared row by row. Jobs launched now keep them.",
            "“{name}”没有保存逐行的指标，因此无法逐行比较。现在启动的任务会保存。",
        ),
        "pair.other_metric": (
            "The rows were judged by different metrics: {metric} here, {other} in the baseline.",
            "两个任务逐行评估的指标不同：此任务为 {metric}，基准任务为 {other}。",
        ),
        "pair.other_measure": (
            "The two losses do not measure the same thing: they count other tokens, or are another kind of loss.",
            "两个任务的损失含义不同：计算所依据的词元不同，或损失的类型不同。",
        ),
        "pair.few_rows": (
            "Both were judged on only {count} of the same held-out rows; fewer than {needed} tell nothing.",
            "两个任务共同评估的留出数据只有 {count} 条；少于 {needed} 条时无法得出结论。",
        ),
        "pair.files_gone": (
            "Files that the comparison needs are no longer there.",
            "比较所需的文件已不存在。",
        ),
        "pair.better": (
            "Better than the baseline on the same rows, by more than chance explains.",
            "在相同的数据行上优于基准任务，差异超出偶然范围。",
        ),
        "pair.no_difference": (
            "No difference from the baseline on the same rows that chance could not explain.",
            "在相同的数据行上与基准任务没有超出偶然范围的差异。",
        ),
        "pair.worse": (
            "Worse than the baseline on the same rows, by more than chance explains.",
            "在相同的数据行上不如基准任务，差异超出偶然范围。",
        ),
        "evaluation.not_ready": (
            "The job has no evaluation yet; it is made at the end of the run.",
            "任务尚无评估结果；评估在运行结束时生成。",
        ),
    }
)

_WORDS: Mapping[str, tuple[str, str]] = {
    "user:launched": ("Waiting for a free machine.", "正在等待空闲的机器。"),
    "user:paused": (
        "Paused on request. Nothing is lost; resume at any time.",
        "已按要求暂停。进度均已保留，可随时继续。",
    ),
    "user:resumed": ("Resumed; continues from the last checkpoint.", "已恢复，将从最近的检查点继续。"),
    "user:cancelled": ("Cancelled on request.", "已按要求取消。"),
    "worker:claimed": ("A machine has taken the job.", "一台机器已接手该任务。"),
    "worker:shutdown": (
        "The machine was stopped for maintenance. The job was saved and continues on the next free one.",
        "机器因维护停止。任务已保存，将在下一台空闲机器上继续。",
    ),
    "worker:lost": (
        "The machine stopped answering. The job continues from its last checkpoint by itself.",
        "机器失去响应。任务会自动从最近的检查点继续。",
    ),
    "worker:crashed": (
        "The training process ended unexpectedly. It is started again from the last checkpoint.",
        "训练进程意外终止，将从最近的检查点重新启动。",
    ),
    "worker:stalled": (
        "The training process made no progress for too long. It is started again from the last checkpoint.",
        "训练进程长时间没有进展，将从最近的检查点重新启动。",
    ),
    "worker:poison": (
        "The training process ended three times at the same step, so it was not tried again. We look into the cause.",
        "训练进程在同一步骤处三次终止，因此不再重试。我们会检查原因。",
    ),
    "worker:retry": ("Waiting for a free machine to try again.", "正在等待空闲机器以便重试。"),
    "platform:internal": ("Something went wrong on our side.", "平台内部出错。"),
    "platform:storage": ("The file storage did not answer as it should.", "文件存储未正常响应。"),
    "platform:checkpoint_damaged": (
        "A file of the checkpoint to go on from is missing or damaged; the job goes on from an earlier one, if there is one.",
        "用于继续训练的检查点文件缺失或已损坏；如有更早的检查点，任务将从那里继续。",
    ),
    "platform:base_model_damaged": (
        "The files of the base model on our machine are missing or damaged. The operator has to install them again.",
        "本机上的基座模型文件缺失或损坏，需由管理员重新安装。",
    ),
    "disk:full": (
        "The disk of the machine is full. The last checkpoint is intact; the job can be resumed when there is room.",
        "机器磁盘已满。最近的检查点完好；腾出空间后可继续任务。",
    ),
    "memory:exhausted": (
        "The job needs more memory than the machine has. Choose a smaller batch size or a shorter max_length.",
        "任务所需内存超过机器内存。请减小批大小或缩短 max_length。",
    ),
    "limit:time": (
        "The run reached its time limit. Raise limits.max_seconds or train for fewer epochs.",
        "运行达到时间上限。请提高 limits.max_seconds 或减少训练轮数。",
    ),
    "preview:too_long": (
        "The preview took longer than it may, so it was ended. The job itself is not limited by that.",
        "生成预览超出允许的时间，已终止。任务本身不受此限制。",
    ),
    "spec:invalid": ("The settings of the job cannot be used.", "任务设置无法使用。"),
    "spec:unsupported": (
        "This base model or this machine cannot do what the settings ask for; choose another method.",
        "该基座模型或运行机器不支持所选设置；请选择其他方法。",
    ),
    "spec:unknown_base_model": ("The base model is not known here.", "本系统没有该基座模型。"),
    "spec:task_not_supported": (
        "The base model cannot learn this task; choose another base model.",
        "该基座模型无法学习此任务；请选择其他基座模型。",
    ),
    "spec:rank_too_large": (
        "The LoRA rank is larger than the layers it would adapt; choose a smaller method.rank.",
        "LoRA 秩大于待适配层的维度；请选择更小的 method.rank。",
    ),
    "spec:max_length_too_large": (
        "task.max_length is more than the base model can read; choose a smaller one.",
        "task.max_length 超过基座模型的可读长度；请选择更小的值。",
    ),
    "data:missing_file": ("A file of the dataset version is missing.", "数据集版本缺少文件。"),
    "data:damaged": (
        "A file of the dataset version is damaged; it is fetched again.",
        "数据集版本的文件已损坏，将重新获取。",
    ),
    "data:empty": ("A file of the dataset version has no rows.", "数据集版本的某个文件没有数据行。"),
    "data:missing_column": ("The data lack a column that the settings name.", "数据缺少设置中指定的列。"),
    "data:missing_label": ("A row has no label.", "有数据行缺少标签。"),
    "data:missing_target": (
        "A row has a source but no target to learn from; write one, or remove the row.",
        "有数据行只有源文本而没有可学习的目标文本；请补上，或删除该行。",
    ),
    "data:invalid_conversation": (
        "A conversation of the data cannot be learnt from: a role, a message or its order is wrong.",
        "数据中有无法用于训练的对话：角色、消息或其顺序有误。",
    ),
    "data:no_trained_tokens": (
        "Nothing in the data carries loss: no row has a word that the model would learn to say within max_length.",
        "数据中没有参与损失计算的内容：在 max_length 范围内，没有任何一行包含模型要学会说的词。",
    ),
    "data:no_sentence_pairs": (
        "There are no pairs of sentences to ask about: set task.sentence_order to none, or bring texts of several sentences.",
        "没有可供提问的句子对：请将 task.sentence_order 设为 none，或提供包含多个句子的文本。",
    ),
    "data:single_class": (
        "The training data have one label only; at least two are needed.",
        "训练数据只有一种标签；至少需要两种。",
    ),
    "data:unseen_label": (
        "A label of the validation or test data does not occur in the training data.",
        "验证或测试数据中有训练数据里未出现的标签。",
    ),
    "data:answer_not_found": (
        "An answer does not stand in its text, neither at its offset nor anywhere else exactly once.",
        "有答案不在其文本中：既不在所给位置，也没有在别处恰好出现一次。",
    ),
    "data:unknown_positive": (
        "What a row gives as the right candidate is not exactly one of its candidates.",
        "某行给出的正确候选并不是其候选之一，或对应多个候选。",
    ),
    "search:trials_begun": (
        "The trials of the search run side by side, each on the next free machine.",
        "搜索的各次试验并行进行，每次使用下一台空闲的机器。",
    ),
    "search:trials_over": (
        "The trials are over; the best one is evaluated and delivered on the next free machine.",
        "试验已全部结束；最好的一次将在下一台空闲的机器上评估并交付。",
    ),
    "search:no_result": (
        "None of the trials of the search came to an end. Look at why they failed, and choose other settings to search among.",
        "搜索的所有试验都未能完成。请查看失败原因，并调整搜索范围。",
    ),
    "training:diverged": (
        "The training went out of control (the loss is not a number). Choose a smaller learning rate.",
        "训练发散（损失不是有效数值）。请选择更小的学习率。",
    ),
    "training:parity": (
        "The exported model does not answer like the trained one, so it was not published. We look into it.",
        "导出的模型与训练所得模型的回答不一致，因此未发布。我们会检查原因。",
    ),
    "training:completed": ("The model is finished.", "模型已完成。"),
}
texts_register({f"reason.{code}": words for code, words in _WORDS.items()})
texts_register({"job.reason_with_detail": ("{words} ({detail})", "{words}训练器的原文：{detail}")})
texts_register(
    {
        "notification.job_succeeded.better": (
            "The tuned model is better than the best alternative on rows that it had not seen.",
            "在未见过的数据上，微调后的模型优于最好的其他方案。",
        ),
        "notification.job_succeeded.no_difference": (
            "On rows that it had not seen, the tuned model cannot be told apart from the best alternative.",
            "在未见过的数据上，微调后的模型与最好的其他方案没有可分辨的差异。",
        ),
        "notification.job_succeeded.worse": (
            "On rows that it had not seen, the tuned model is worse than the best alternative. See why before you use it.",
            "在未见过的数据上，微调后的模型不如最好的其他方案。使用前请先查看原因。",
        ),
    }
)


def reason_message(code: str, params: Mapping[str, object]) -> str:
    """The words for a reason; what the trainer found in particular (row, field, step) is added as it said it, in English."""
    words = text(f"reason.{code}")
    detail = params.get("detail")
    return text("job.reason_with_detail", words=words, detail=detail) if detail else words


def reason_body(code: str | None, params: Mapping[str, object]) -> dict[str, object] | None:
    """A reason as the API shows it."""
    if not code:
        return None
    fault = REASONS[code].fault.value if code in REASONS else "platform"
    return {"code": code, "fault": fault, "message": reason_message(code, params), "params": dict(params)}
