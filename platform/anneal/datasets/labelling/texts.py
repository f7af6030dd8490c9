"""The words of refusals about labelling."""

from __future__ import annotations

from anneal.common.texts import texts_register

texts_register(
    {
        "label_session.not_found": ("There is no such labelling session.", "没有此标注会话。"),
        "label_row.not_found": (
            "The session has no row with this id. Ask for the next rows again.",
            "此会话没有该编号的行。请重新获取待标注的行。",
        ),
        "annotation.not_found": (
            "You have said nothing about this row, so there is nothing to take back.",
            "您尚未标注此行，没有可撤销的内容。",
        ),
        "labelling.no_version": (
            "The dataset has no version yet. Confirm its columns first.",
            "数据集尚无版本。请先确认其列。",
        ),
        "labelling.labels_fixed": (
            "A verdict on an answer is one of: {known}. Leave new_labels out.",
            "对答案的评价只能是：{known}。请省略 new_labels。",
        ),
        "labelling.no_task": (
            "Rows for {task} cannot be labelled one by one; this works for: {known}. Edit the rows instead.",
            "用于 {task} 的行不支持逐条标注；支持的任务有：{known}。请改为编辑行。",
        ),
        "labelling.no_labels": (
            "There is no label to choose from. Name at least one in new_labels.",
            "没有可选的标签。请在 new_labels 中至少给出一个。",
        ),
        "labelling.no_rows": (
            "No row fits: the version has none in this split. Choose another split.",
            "没有符合条件的行：此版本在该划分中没有行。请选择其他划分。",
        ),
        "labelling.no_suspects": (
            "The data doctor suspects no row of this version (or has not looked at it yet). Choose another order.",
            "数据医生未怀疑此版本的任何行（或尚未检查）。请选择其他顺序。",
        ),
        "labelling.no_difficulty": (
            "The data doctor has no difficulty for the rows of this version (yet). Choose another order.",
            "数据医生（尚）没有此版本各行的难度。请选择其他顺序。",
        ),
        "labelling.no_scores": (
            "There are no such scores of rows of version {number}, the latest one. Have a model score them first.",
            "版本 {number}（最新版本）没有此组行分数。请先用模型为其打分。",
        ),
        "labelling.scores_unused": (
            "Scores are for the order uncertainty. Choose that order, or leave scores_id out.",
            "分数仅用于 uncertainty 顺序。请选择该顺序，或省略 scores_id。",
        ),
        "labelling.bad_scale": (
            "The scale needs a min that is smaller than its max.",
            "量表的 min 须小于 max。",
        ),
        "labelling.no_member": (
            "{user_id} is no member of this organisation who may write. Invite the person, or take the id out.",
            "{user_id} 不是此组织中有写权限的成员。请邀请该用户，或移除此编号。",
        ),
        "labelling.not_invited": (
            "This session is for others. Ask {owner} to add you.",
            "此会话未包含您。请联系 {owner} 添加。",
        ),
        "labelling.not_yours": (
            "Only whoever began the session, or an admin, may do this.",
            "仅会话创建者或管理员可执行此操作。",
        ),
        "labelling.closed": (
            "The session is closed; nothing was saved. Ask for it to be opened again.",
            "会话已关闭，未保存任何内容。请联系负责人重新打开。",
        ),
        "labelling.finished": (
            "The session was made into a version already. Begin another one.",
            "会话已生成版本。请新建会话。",
        ),
        "labelling.nothing_given": ("Give at least one thing to change.", "请至少提供一项要更改的内容。"),
        "labelling.value_or_skip": (
            "Give a value, or is_skipped, and not both.",
            "请提供 value 或 is_skipped，且只能提供其一。",
        ),
        "labelling.wrong_field": (
            "An answer in this session has the field {field} and no other; this one has: {given}.",
            "此会话的答案只有 {field} 一个字段；收到的字段为：{given}。",
        ),
        "labelling.unknown_label": (
            "{label!r} is no label of this session; there are: {known}.",
            "{label!r} 不是此会话的标签；可用的有：{known}。",
        ),
        "labelling.bad_labels": ("labels must be a list of labels.", "labels 必须是标签列表。"),
        "labelling.bad_score": (
            "The score must be a number from {low} to {high}.",
            "score 必须是 {low} 到 {high} 之间的数字。",
        ),
        "labelling.bad_target": (
            "target must be a text of 1 to {limit} characters.",
            "target 须为 1 到 {limit} 个字符的文本。",
        ),
        "labelling.bad_answers": (
            "answers must be a list of at most {limit} passages; an empty one says that the context has no answer.",
            "answers 须为最多 {limit} 个片段的列表；空列表表示原文中没有答案。",
        ),
        "labelling.bad_answer": (
            "An answer is {{text, start}}: the words of the context, and the character at which they begin (a whole number from 0).",
            "答案为 {{text, start}}：原文中的文字，及其起始字符位置（从 0 起的整数）。",
        ),
        "labelling.answer_elsewhere": (
            "At character {start} of the context (it has {count}) stands {found!r}, not {text!r}. Send the place where the text begins.",
            "原文（共 {count} 个字符）第 {start} 个字符处是 {found!r}，而不是 {text!r}。请提供文字的起始位置。",
        ),
        "labelling.bad_verdict": (
            "A review is {{verdict, turns}}, its verdict one of: {known}.",
            "审阅为 {{verdict, turns}}，verdict 须为以下之一：{known}。",
        ),
        "labelling.turns_of_correct": (
            "The verdict correct needs at least one turn, and no other verdict has any.",
            "verdict 为 correct 时至少需要一个 turn，其他情况不能有 turns。",
        ),
        "labelling.bad_turn": (
            "turns is a list; a turn is {{index}} with content, weight or both.",
            "turns 为列表；每个 turn 为 {{index}}，并带有 content、weight 或两者。",
        ),
        "labelling.no_such_turn": (
            "{index} is no turn of the assistant; its turns have the index: {known}.",
            "{index} 不是助手的发言；助手发言的 index 有：{known}。",
        ),
        "labelling.turn_twice": (
            "The turn {index} is there twice. Put its content and its weight into one.",
            "发言 {index} 出现了两次。请将其 content 与 weight 合并为一项。",
        ),
        "labelling.bad_content": (
            "content must be a text of 1 to {limit} characters. To learn nothing from the turn, send the weight 0.",
            "content 须为 1 到 {limit} 个字符的文本。若不学习此发言，请将 weight 设为 0。",
        ),
        "labelling.bad_weight": (
            "weight must be 1 (the turn is learnt) or 0 (it is not).",
            "weight 须为 1（学习此发言）或 0（不学习）。",
        ),
        "labelling.bad_side": ("preferred must be left or right.", "preferred 必须是 left 或 right。"),
        "labelling.bad_span": (
            "A span is {{type, start, end}} with whole numbers, 0 <= start < end <= {count} (the row has {count} tokens).",
            "片段为 {{type, start, end}}，取整数且 0 <= start < end <= {count}（该行有 {count} 个词元）。",
        ),
        "labelling.overlapping_spans": (
            "Two spans have token {token} in common. Shorten or remove one.",
            "两个片段共同包含第 {token} 个词元。请缩短或移除其一。",
        ),
        "labelling.bad_count": (
            "count must be a whole number from 1 to {limit}.",
            "count 必须是 1 到 {limit} 的整数。",
        ),
        "labelling.no_answers": (
            "Nobody has labelled a row yet, so there is nothing to make a version of.",
            "尚无人标注，没有可生成版本的内容。",
        ),
        "labelling.undecided": (
            "People differ on rows that nobody decided: {count}. Decide them, or choose majority or newest.",
            "存在分歧且未裁定的行数：{count}。请先裁定，或选择 majority 或 newest。",
        ),
        "labelling.nothing_to_change": (
            "Every answer says what the latest version says already, so no new version was made.",
            "所有答案与最新版本一致，因此没有生成新版本。",
        ),
    }
)
