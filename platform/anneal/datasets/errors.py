"""Texts of the datasets' codes. `problem.*` are the words of findings in data files: `data:missing_label` -> `problem.missing_label`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from anneal.common.texts import is_chinese, text, texts_register
from anneal.datasets.files.reasons import JSON_REASONS, REASONS


def problem_text(code: str, params: Mapping[str, object]) -> str:
    """The words of a finding in the reader's language."""
    if "reason" in params:
        params = {**params, "reason": _reason_text(params)}
    if code == "data:members_alike":
        first = cast("Mapping[str, object]", params["params"])
        params = {**params, "said": problem_text(str(params["code"]), first)}
    return text(code.replace("data:", "problem.", 1), **params)


def _reason_text(params: Mapping[str, object]) -> str:
    """Why, in particular. What libraries said in English is for English readers, or marked as a quotation where it has no code."""
    reason = str(params["reason"])
    if reason not in REASONS:
        return text("why.other", said=reason)
    if "said" in params and not is_chinese():
        return str(params["said"])
    return text(f"why.{reason}", **params)


_JSON_CHINESE = {
    "json_value": "此处应为一个值",
    "json_name": "此处应为双引号括起的键名",
    "json_colon": "此处应为冒号“:”",
    "json_comma": "此处应为逗号“,”",
    "json_trailing_comma": "对象末尾有多余的逗号",
    "json_trailing_comma_of_list": "列表末尾有多余的逗号",
    "json_extra": "值之后还有多余的内容",
    "json_unterminated": "字符串没有结束的引号",
    "json_control_character": "字符串中含有控制字符",
    "json_escape": "反斜杠转义无效",
    "json_unicode_escape": "“\\u”转义无效",
    "json_too_deep_or_large": "嵌套过深或数字过大",
    "json_too_deep": "嵌套过深",
    "json_no_value": "不是有效的值",
    "json_expecting": "此处应为“{expected}”",
    "json_expecting_either": "此处应为“{expected}”或“{other}”",
    "json_key_no_text": "键名不是文本",
    "json_comma_at_end": "列表末尾有多余的逗号",
    "json_follows": "文档结束后还有多余的内容",
}
texts_register({f"why.{code}": (english, _JSON_CHINESE[code]) for english, code in JSON_REASONS.items()})
texts_register(
    {
        "why.other": ("{said}", "原文：{said}"),
        "why.archive_cut": ("it ends too early", "文件不完整，提前结束"),
        "why.archive_sum": ("a checksum or a length differs", "校验和或长度不符"),
        "why.archive_not_packed": ("it is not packed as it begins", "内容与文件开头标明的压缩格式不符"),
        "why.archive_table": ("its table of contents is damaged", "文件目录已损坏"),
        "why.archive_no_table": ("no table of contents", "缺少文件目录"),
        "why.archive_damaged": ("its bytes are damaged", "数据已损坏"),
        "notification.findings_severe.count": (
            "The data doctor has serious findings: {count}. Look at them before you train on this data.",
            "数据医生发现 {count} 类严重问题。请在训练前查看。",
        ),
        "dataset.sample_name": ("Customer messages (sample)", "客户消息（示例）"),
        "upload.not_found": ("There is no such upload.", "没有此上传。"),
        "upload.expired": (
            "This upload was not finished or used in time and was removed; upload the file again.",
            "此上传未在有效期内完成或使用，已被清除；请重新上传文件。",
        ),
        "upload.version": (
            "Send the header Tus-Resumable: {version}; this server speaks tus {version}.",
            "请发送请求头 Tus-Resumable: {version}；此服务器使用 tus {version} 协议。",
        ),
        "upload.bad_header": (
            "The header {header} is missing or wrong: {expected}.",
            "请求头 {header} 缺失或有误：{expected}。",
        ),
        "upload.too_large": (
            "The file has {size_bytes} bytes; at most {limit_bytes} are accepted. Split it, or ask the operator for more.",
            "文件大小为 {size_bytes} 字节，上限为 {limit_bytes} 字节。请拆分文件，或联系管理员提高上限。",
        ),
        "upload.too_long": (
            "This piece would make the upload longer than the {size_bytes} bytes that were announced.",
            "此数据块会使上传超出所声明的 {size_bytes} 字节。",
        ),
        "upload.wrong_offset": (
            "The server has {offset_bytes} bytes of this upload; go on from there.",
            "服务器已收到此上传的 {offset_bytes} 字节；请从该处继续。",
        ),
        "upload.locked": (
            "Another request is sending this upload just now; try again in a moment.",
            "另一个请求正在发送此上传；请稍后重试。",
        ),
        "upload.checksum": (
            "The piece did not arrive as it was sent (its checksum differs); send it again.",
            "数据块在传输中损坏（校验和不符）；请重新发送。",
        ),
        "upload.disk_full": (
            (
                "The server has no room for this upload. The {offset_bytes} bytes that arrived are kept; "
                "ask the operator to make room, then resume."
            ),
            "服务器空间不足。已收到的 {offset_bytes} 字节会保留；请联系管理员扩容后继续上传。",
        ),
        "upload.incomplete": (
            "The upload of {filename} is not finished: {offset_bytes} of {size_bytes} bytes have arrived.",
            "{filename} 尚未上传完成：已收到 {offset_bytes} / {size_bytes} 字节。",
        ),
        "upload.in_use": ("A dataset uses this upload.", "此上传已被数据集使用。"),
        "upload.is_fetched": (
            "This upload is fetched from an address and takes no pieces; remove it to send the file yourself.",
            "此上传正从网址获取，不接受数据块；如需自行发送文件，请先移除它。",
        ),
        "upload.is_direct": (
            "This upload goes straight to the object store: ask for addresses of its parts, or begin another upload.",
            "此上传直接发送到对象存储：请获取各部分的地址，或另建上传。",
        ),
        "upload.not_direct": (
            "This upload does not go straight to the object store; send its pieces here (tus).",
            "此上传不直接发送到对象存储；请在此处发送数据块（tus 协议）。",
        ),
        "upload.no_direct": (
            "This installation has no object store that takes files directly; send them here (tus).",
            "此系统没有可直接接收文件的对象存储；请在此处发送（tus 协议）。",
        ),
        "upload.unknown_part": (
            "There is no part {number}; this file has the parts 1 to {num_parts}.",
            "没有第 {number} 部分；此文件包含第 1 至第 {num_parts} 部分。",
        ),
        "upload.parts_missing": (
            "{num_missing} of {num_parts} parts have not arrived whole, the first of them is {number}; send them, then finish again.",
            "{num_parts} 个部分中有 {num_missing} 个未完整到达，其中第一个是第 {number} 部分；请发送后再次完成。",
        ),
        "upload.fetching": (
            "{filename} is still being fetched; wait until all of it is here.",
            "{filename} 仍在获取中；请等待其完成。",
        ),
        "upload.failed": (
            "{filename} could not be fetched; have it fetched again, or remove it.",
            "无法获取 {filename}；请重新获取，或将其移除。",
        ),
        "import.too_many": (
            "{limit} files are being fetched for your organisation; wait until one of them is there.",
            "您的组织正在获取 {limit} 个文件；请等待其中一个完成。",
        ),
        "import.not_failed": (
            "{filename} did not come by a fetch that failed, so there is nothing to fetch again.",
            "{filename} 并非获取失败的文件，因此没有可重新获取的内容。",
        ),
        "import.busy": (
            "{host} answers {status}: it cannot serve the file just now. Try again later.",
            "{host} 返回 {status}：暂时无法提供文件。请稍后重试。",
        ),
        "import.refused": (
            (
                "{host} answers {status}, so the file cannot be read from there. "
                "Check the address and that it may be read without signing in."
            ),
            "{host} 返回 {status}，无法从该处读取文件。请检查地址，并确认无需登录即可读取。",
        ),
        "import.encoded": (
            "The file comes packed as {encoding} although a plain one was asked for. Give an address of the plain file.",
            "请求的是未压缩文件，但收到的是 {encoding} 编码的内容。请提供未压缩文件的地址。",
        ),
        "import.bad_part": (
            "{host} gives other parts of the file than were asked for. Upload the file instead.",
            "{host} 返回的文件部分与所请求的不符。请直接上传文件。",
        ),
        "import.no_length": (
            "{host} does not say how long the file is, so nobody could tell whether all of it came. Upload the file instead.",
            "{host} 未说明文件长度，无法判断是否完整。请直接上传文件。",
        ),
        "import.deadline": (
            "The file was not here after {seconds} seconds. Upload it instead, or use a faster address.",
            "{seconds} 秒后仍未获取完文件。请直接上传文件，或使用更快的地址。",
        ),
        "import.too_slow": (
            (
                "The address gives less than {kilobytes} kB a second, and only from the beginning. "
                "Upload the file instead, or use an address that can be asked for parts of it."
            ),
            "该地址每秒传输不足 {kilobytes} kB，且不支持断点续传。请直接上传文件，或使用支持分段获取的地址。",
        ),
        "import.given_up": (
            "Fetching stopped {times} times without a new byte. Try again later, or upload the file.",
            "获取过程已中断 {times} 次且没有新数据。请稍后重试，或直接上传文件。",
        ),
        "import.seal": (
            "What was given to open the address can no longer be read, since the platform's key changed. Import the file again.",
            "平台密钥已更换，先前提供的访问凭据已无法读取。请重新导入文件。",
        ),
        "import.bad_s3": (
            (
                "Give s3://bucket/key of one object, and an endpoint_url and region as your storage service names them. "
                "What lies under s3://bucket/folder/ can be listed, and chosen from."
            ),
            "请提供单个对象的 s3://存储桶/键，以及存储服务给出的 endpoint_url 和 region。s3://存储桶/文件夹/ 下的内容可以列出并选择。",
        ),
        "import.list_refused": (
            "{host} answers {status}. Check the bucket's name, the endpoint, and that the keys may list the bucket.",
            "{host} 返回 {status}。请检查存储桶名称和端点，并确认密钥有权列出该存储桶。",
        ),
        "import.unlisted": (
            "{host} does not answer with a list of objects. Check the address and the endpoint.",
            "{host} 未返回对象列表。请检查地址和端点。",
        ),
        "import.other_region": (
            "The bucket lies in the region {region}: give that as region.",
            "该存储桶位于区域 {region}：请将其填写为 region。",
        ),
        "import.credentials_missing": (
            "An s3:// address needs s3 with access_key_id and secret_access_key; or give a signed https:// address.",
            "s3:// 地址需要在 s3 中提供 access_key_id 和 secret_access_key；也可以提供签名的 https:// 地址。",
        ),
        "import.credentials_unused": (
            "s3 is for addresses that begin with s3://; leave it out here.",
            "s3 仅用于以 s3:// 开头的地址；此处请省略。",
        ),
        "dataset.gone": (
            "This dataset was deleted more than {days} days ago and cannot be brought back.",
            "此数据集已删除超过 {days} 天，无法恢复。",
        ),
        "dataset.not_found": ("There is no such dataset.", "没有此数据集。"),
        "dataset_version.not_found": ("There is no such dataset version.", "没有此数据集版本。"),
        "dataset.no_train_file": (
            "Give at least one file with the split train or auto; there is nothing to learn from otherwise.",
            "请至少提供一个划分为 train 或 auto 的文件，否则没有可供学习的数据。",
        ),
        "dataset.file_twice": ("The same upload is listed twice.", "同一上传被列出两次。"),
        "dataset.wrong_state": (
            "The dataset is {state}; wait until that is over.",
            "数据集正处于 {state} 状态；请等待其完成。",
        ),
        "dataset.unreadable": (
            "The files of this dataset could not be read; correct them and make a new dataset.",
            "无法读取此数据集的文件；请修正后新建数据集。",
        ),
        "dataset.mapping_unchanged": (
            "These columns are chosen already. From the files again, changes up to v{version} would be lost; restore a version instead.",
            "已经选择了这些列。若从文件重新生成，将丢失 v{version} 之前所做的更改；如需回退，请恢复较早的版本。",
        ),
        "dataset.unknown_column": (
            "There is no column {name!r}; there are: {columns}.",
            "没有列 {name!r}；现有的列：{columns}。",
        ),
        "dataset.same_column": (
            "{role} and {other} must be two different columns.",
            "{role} 与 {other} 必须是两个不同的列。",
        ),
        "dataset.role_missing": (
            "Say which column is {role}; a dataset for {task} needs it.",
            "请指定哪一列是 {role}；{task} 数据集需要它。",
        ),
        "dataset.unknown_role": (
            "A dataset for {task} has no {role}; it has: {known}.",
            "{task} 数据集没有 {role}；可用的有：{known}。",
        ),
        "dataset.no_delimiter": (
            "A dataset for {task} has no lists that a delimiter could separate; leave it out.",
            "{task} 数据集没有需要分隔符的列表；请省略此项。",
        ),
        "dataset.has_versions": (
            "The dataset has versions for {task}. Make a new dataset of the same files for another task.",
            "此数据集已有用于 {task} 的版本。如需用于其他任务，请用相同文件新建数据集。",
        ),
        "dataset.no_file": (
            "The dataset has no file at position {position}.",
            "数据集中没有位置为 {position} 的文件。",
        ),
        "dataset.is_read": (
            "The dataset has versions made of its files as they were read. Make a new dataset of the same files to read them differently.",
            "此数据集已有按当前方式读取生成的版本。如需以其他方式读取，请用相同文件新建数据集。",
        ),
        "dataset.choice_does_not_fit": (
            "{choice} cannot be chosen for a file of the format {format}.",
            "{format} 格式的文件不能选择 {choice}。",
        ),
        "dataset.sheet_or_sheets": (
            "Give one sheet as `sheet`, or several as `sheets`, and not both.",
            "请用 `sheet` 指定一个工作表，或用 `sheets` 指定多个，二者只能选其一。",
        ),
        "dataset.choice_of_text": (
            "Choose one of the delimiter (with its quotes), the tag column and the layout; each makes the file another kind of text.",
            "分隔符（及引号方式）、标记列和文本布局只能选择其一；它们各自对应不同的文本类型。",
        ),
        "dataset.bad_delimiter": (
            "A separator is one character, and neither a quote, a backslash nor the end of a line.",
            "分隔符须为单个字符，且不能是引号、反斜杠或换行符。",
        ),
        "dataset.nothing_to_change": (
            "Give at least one value to change.",
            "请至少提供一个要修改的值。",
        ),
        "dataset.split_column_missing": (
            "Say with split_column by which column rows are divided; the mode {mode} needs it.",
            "请用 split_column 指定按哪一列划分；{mode} 模式需要它。",
        ),
        "dataset.split_column_unused": (
            "The mode {mode} looks at no further column; leave split_column out, or choose grouped, time or given.",
            "{mode} 模式不使用其他列；请省略 split_column，或选择 grouped、time 或 given。",
        ),
        "dataset.bad_shares": (
            "validation_share and test_share together must leave at least half of the rows for training.",
            "validation_share 与 test_share 之和至多为 0.5，须至少留一半数据用于训练。",
        ),
        "dataset.bad_offset": (
            "offset must be a whole number from 0 to {limit}.",
            "offset 必须是 0 到 {limit} 的整数。",
        ),
        "dataset.bad_split": (
            "split must be train, validation or test.",
            "split 必须是 train、validation 或 test。",
        ),
        # --- changes of versions
        "dataset_change.not_found": ("There is no such change.", "没有此更改。"),
        "change.not_latest": (
            "Version {number} is not the latest one; that is version {latest}. Look at it and make the change there.",
            "版本 {number} 不是最新版本；最新版本为 {latest}。请查看最新版本并在其上更改。",
        ),
        "change.waiting": (
            "Another change of this dataset is being made; wait until that is over.",
            "此数据集的另一项更改正在进行；请等待其完成。",
        ),
        "change.is_latest": (
            "Version {number} is the latest one already; there is nothing to restore.",
            "版本 {number} 已是最新版本，无需恢复。",
        ),
        "change.nothing_to_undo": (
            "The latest version was made from files and not from another version, so there is nothing to undo.",
            "最新版本由文件直接生成，而非由其他版本更改而来，因此没有可撤销的更改。",
        ),
        "change.no_version": (
            "The dataset has no version yet. Confirm its mapping first.",
            "此数据集尚无版本。请先确认列映射。",
        ),
        "change.same_dataset": (
            "This is a version of the same dataset. Name one of another dataset, or restore it.",
            "这是同一数据集的版本。请指定其他数据集的版本，或恢复该版本。",
        ),
        "change.other_task": (
            "The other version is for {other}, this dataset for {task}. Only rows of the same task can be merged.",
            "另一版本用于 {other}，而此数据集用于 {task}。只能合并同一任务的行。",
        ),
        "append.column_twice": (
            "The column {column} would be both {other} and {role}. Name another column of the file for one of them.",
            "列 {column} 不能同时作为 {other} 和 {role}。请为其中之一指定文件中的另一列。",
        ),
        "change.other_roles": (
            "The other version also has {roles}, which would be lost here. Map these columns in this dataset first.",
            "另一版本还包含 {roles}，合并后会丢失。请先在此数据集中映射这些列。",
        ),
        "change.drop_or_keep": (
            "Say either which rows to drop or which to keep, and not both.",
            "请说明要删除哪些行或要保留哪些行，二者只能选其一。",
        ),
        "change.empty_filter": (
            "Say which rows are meant: give at least one of {known}.",
            "请说明是哪些行：至少提供 {known} 之一。",
        ),
        "dataset.too_many_files": (
            "The dataset would have more than {limit} files. Merge a dataset of the further ones instead.",
            "数据集的文件将超过 {limit} 个。请将其余文件建为新数据集后合并。",
        ),
        "export.bad_format": (
            "A version for {task} can be exported as: {known}.",
            "用于 {task} 的版本可导出为：{known}。",
        ),
        "export.row_does_not_fit": (
            (
                "{format} has no place for what row {row} of {split} holds (tool calls, weights, turns, empty lines, spaces, "
                "control characters). Choose JSONL."
            ),
            "{format} 格式无法表达 {split} 第 {row} 行的内容（工具调用、权重、名称、轮次、空行、空白或控制字符）：请改选 JSONL。",
        ),
        "export.cell_too_long": (
            "A cell of {format} holds {limit} characters; “{column}” of row {row} of {split} has more. Choose JSONL or CSV.",
            "{format} 的单元格最多容纳 {limit} 个字符，而 {split} 第 {row} 行的 “{column}” 超出了限制：请改选 JSONL 或 CSV。",
        ),
        "export.too_large": (
            "{split} is too large for one file of {format}, from row {row} on. Choose XLSX or CSV.",
            "{split} 从第 {row} 行起超出了单个 {format} 文件的容量：请改选 XLSX 或 CSV。",
        ),
        "export.files_missing": (
            "Files of this version are missing in the storage. Tell the operator.",
            "存储中缺少此版本的文件。请联系管理员。",
        ),
        "dataset_version.other_dataset": (
            "Both versions must be of the same dataset.",
            "两个版本必须属于同一数据集。",
        ),
        "dataset_version.too_large_to_compare": (
            (
                "Together these versions have {count} rows and {size} GiB; up to {limit} rows and {limit_size} GiB can be compared. "
                "Compare each version with the one that it was made from: that is known already."
            ),
            "两个版本共有 {count} 行、{size} GiB；最多可比较 {limit} 行、{limit_size} GiB。请将各版本与其来源版本比较，差异已算好。",
        ),
        "dataset_version.no_parent": (
            "This version was made from files, not from another version; say with `against` what it is to be compared with.",
            "此版本由文件直接生成，没有上一版本；请用 `against` 指定要比较的版本。",
        ),
        "dataset_version.bad_ids": (
            "ids must be up to {limit} ids of rows with commas between them.",
            "ids 须为至多 {limit} 个以逗号分隔的行编号。",
        ),
        "dataset_version.bad_length": (
            "{name} must be a whole number from 0 to 999999999.",
            "{name} 必须是 0 到 999999999 的整数。",
        ),
        "dataset_version.bad_choice": ("{name} must be one of: {known}.", "{name} 必须是以下之一：{known}。"),
        # --- findings in files
        "problem.empty_file": (
            "The file is empty (0 bytes). Upload one with data.",
            "文件为空（0 字节）。请上传含数据的文件。",
        ),
        "problem.no_rows": (
            "The file has no rows with data. Add examples, one per row.",
            "文件中没有数据行。请添加示例，每行一条。",
        ),
        "problem.header_missing": (
            "The first line looks like data, not like names of columns. Say that the file has no names, or add a first line: text,label",
            "首行看起来是数据而不是列名。请指明文件没有列名，或在首行添加列名，例如：text,label",
        ),
        "problem.header_doubtful": (
            "The first line was taken for names of columns, but may be an example. If it is, say that the file has no names.",
            "首行被当作列名，但它可能是一条示例。如果是，请指明文件没有列名。",
        ),
        "problem.empty_column_name": (
            "A column has no name; it is called by its position here.",
            "有一列没有名称；此处以其位置命名。",
        ),
        "problem.duplicate_column": (
            "Two columns have the same name; the later one got a number.",
            "两列同名；后一列已加上编号。",
        ),
        "problem.too_many_columns": (
            "The file has {found} columns; at most {limit} are read. Remove those that are not needed.",
            "文件有 {found} 列，最多读取 {limit} 列。请删除不需要的列。",
        ),
        "problem.one_column": (
            (
                "Only one column was found (comma, tab, semicolon and | were tried). "
                "Save the file as CSV with a column for each part of an example, such as text and label."
            ),
            "只找到一列（已尝试逗号、制表符、分号和 |）。请将文件保存为 CSV，示例的每个部分各占一列，例如文本和标签。",
        ),
        "problem.unlabelled": (
            "The file has only this column, but the task needs more: a column for each part of an example, such as text and label.",
            "文件只有这一列，而此任务需要更多列：示例的每个部分各占一列，例如文本和标签。",
        ),
        "problem.ragged_row": (
            "The row has {found:# field|# fields}, the first line has {expected}. Put texts that contain the separator in double quotes.",
            "该行有 {found} 个字段，而首行有 {expected} 个。包含分隔符的文本请用双引号括起。",
        ),
        "problem.quotes_escaped": (
            "Quotes inside of cells have a backslash before them, and were read so. Check the preview; another way can be chosen.",
            "单元格内的引号前有反斜杠，已按此读取。请检查预览，必要时另选引号方式。",
        ),
        "problem.quotes_plain": (
            "Quotes do not enclose cells in this file, and are kept as characters. Check the preview; another way can be chosen.",
            "此文件中的引号不包围单元格，已作为普通字符保留。请检查预览，必要时另选引号方式。",
        ),
        "problem.bad_quote": (
            (
                "A quoted field is followed by something other than {delimiter!r}. "
                'Write a quote inside a quoted text twice, as in "".'
            ),
            '带引号的字段后面不是 {delimiter!r}。引号内的文本如需包含引号，请写两次，即 ""。',
        ),
        "problem.unclosed_quote": (
            "A quote that opens in this row is not closed properly (it ran on to line {last}). Close it, or remove it.",
            "此行开始的引号没有正确闭合（一直延续到第 {last} 行）。请补上或删除该引号。",
        ),
        "problem.field_too_long": (
            "A field has more than {limit} characters. Shorten the text.",
            "某个字段超过 {limit} 个字符。请缩短文本。",
        ),
        "problem.line_too_long": (
            "A line has more than {limit} characters, so this is hardly a table of examples. Check the line ends of the file.",
            "某一行超过 {limit} 个字符，不像是示例表格。请检查文件的换行符。",
        ),
        "problem.bad_json": (
            "The line is not valid JSON ({reason}, at character {position}). Write one whole object per line.",
            "该行不是有效的 JSON（{reason}，第 {position} 个字符处）。请每行写一个完整的对象。",
        ),
        "problem.not_an_object": (
            'The line is valid JSON but not an object. Write {{"text": …, "label": …}}.',
            '该行是有效的 JSON，但不是对象。请写成 {{"text": …, "label": …}}。',
        ),
        "problem.duplicate_key": (
            "The object has this key twice, so its value is uncertain. Keep one.",
            "对象中此键出现两次，取值不确定。请只保留一个。",
        ),
        "problem.nan_value": (
            "NaN and Infinity are no values that can be learnt from. Put a real value here, or remove the row.",
            "NaN 与 Infinity 不是可学习的值。请填写真实的值，或删除该行。",
        ),
        "problem.wrong_type": (
            "A list or an object stands where a text belongs. Make it a text.",
            "此处应为文本，却是列表或对象。请改为文本。",
        ),
        "problem.missing_column": (
            "The file has no such column; it has: {columns}. Name the columns alike in every file.",
            "文件没有此列；现有的列：{columns}。请让每个文件的列名一致。",
        ),
        "problem.missing_text": ("The text is empty. Fill it in, or remove the row.", "文本为空。请补上或删除该行。"),
        "problem.missing_label": (
            "The label is empty. Label the row, or remove it.",
            "标签为空。请标注该行或将其删除。",
        ),
        "problem.label_too_long": (
            "The label has more than {limit} characters. Is this the right column?",
            "标签超过 {limit} 个字符。选择的列是否正确？",
        ),
        "problem.late_column": (
            "This key first appears here, and in {count:# row|# rows} in all. It is a column too, empty in the other rows.",
            "此键首次出现于此处，共出现在 {count} 行中。它也是一列，在其他行中为空。",
        ),
        "problem.bad_flag": (
            "This does not say whether the answer is a good one. Write one of: {known}.",
            "此处没有说明答案是否可取。请填写以下之一：{known}。",
        ),
        "problem.verdicts_unused": (
            "This column says which answers are good; for conversations it is not read, and bad ones are learnt too. Choose preferences.",
            "此列说明哪些答案可取；对话任务不读取它，不可取的答案也会被学习。请选择偏好任务。",
        ),
        "problem.one_verdict": (
            "Every answer has the same verdict. KTO learns most from answers of both kinds, good and bad ones.",
            "所有答案的评价相同。KTO 从好坏两类答案中学得最多。",
        ),
        "problem.too_many_labels": (
            "There are more than {limit} different labels. Is this the right column?",
            "不同的标签超过 {limit} 个。选择的列是否正确？",
        ),
        "problem.many_labels": (
            "There are {found} different labels in {rows} rows. Is this the right column?",
            "{rows} 行中有 {found} 个不同的标签。选择的列是否正确？",
        ),
        "problem.single_class": (
            "Every row has the same label, so there is nothing to tell apart. Add rows with another label.",
            "所有行的标签相同，没有可区分的内容。请添加其他标签的数据。",
        ),
        "problem.unseen_label": (
            (
                "This label is in the validation or test rows but never in the training rows. "
                "Add training rows for it, or remove it."
            ),
            "此标签出现在验证集或测试集中，但训练集中没有。请添加相应的训练数据或将其删除。",
        ),
        "problem.too_few_rows": (
            "There {found:is # usable row|are # usable rows}; at least {limit} are needed.",
            "可用的行只有 {found} 行，至少需要 {limit} 行。",
        ),
        "problem.rare_label": (
            "This label has a single example. It cannot be both learnt and tested; add more.",
            "此标签只有一条示例，无法既学习又测试；请补充。",
        ),
        "problem.label_types": (
            "The label is {written} here and {first} in row {first_row}; both are taken for one. Write it in one way, or as two names.",
            "此处标签写作 {written}，第 {first_row} 行写作 {first}；二者被视为同一标签。请统一写法，或改用两个不同的名称。",
        ),
        "problem.label_spaces": (
            "The label had spaces around it; they were removed.",
            "标签前后有空格，已去除。",
        ),
        "problem.long_text": (
            "The text has {length} characters; models read only its beginning.",
            "文本有 {length} 个字符；模型只会读取其开头部分。",
        ),
        "problem.numeric_labels": (
            "{found:The one label is a number|All # labels are numbers}. Labels are treated as names of classes, not as quantities.",
            "全部 {found} 个标签都是数字，将作为类别名称而不是数量处理。",
        ),
        "problem.missing_value": (
            "The cell is empty. Fill it in, or remove the row.",
            "单元格为空。请补上或删除该行。",
        ),
        "problem.not_a_number": (
            "This is not a number. Write digits with a decimal point, such as 3.5, and no unit.",
            "这不是数字。请用数字和小数点书写，例如 3.5，不带单位。",
        ),
        "problem.number_too_large": (
            "The number is larger than {limit}. Use a larger unit, such as millions.",
            "数字超过 {limit}。请换用更大的单位，例如百万。",
        ),
        "problem.single_number": (
            "Every row has the same number, so there is nothing to learn. Add rows with other numbers.",
            "所有行的数字相同，没有可学习的内容。请添加其他数值的数据。",
        ),
        "problem.label_like_numbers": (
            (
                "{found:There is only # number|There are only # different numbers}. If they are names of classes, make a "
                "dataset for classification."
            ),
            "只有 {found} 个不同的数字。如果它们代表类别，请新建分类数据集。",
        ),
        "problem.not_a_list": (
            'This is not a list. Write one as JSON, such as ["a", "b"]; for several labels, a delimiter between them can be chosen too.',
            '这不是列表。请写成 JSON，例如 ["a", "b"]；多个标签之间也可以选择分隔符。',
        ),
        "problem.empty_item": (
            "Entry {position} of the list is empty. Fill it in, or take it out.",
            "列表的第 {position} 项为空。请补上或去掉该项。",
        ),
        "problem.repeated_label": (
            "The same label stands in the row more than once; it was counted once.",
            "该行中同一标签出现多次，已按一次计算。",
        ),
        "problem.no_labels": (
            "No row has a label, so there is nothing to learn. Is this the right column?",
            "没有任何一行有标签，没有可学习的内容。选择的列是否正确？",
        ),
        "problem.bad_tag": (
            (
                "Tag {position} of the row is none of O, B-TYPE and I-TYPE (IOB2). "
                "In other schemes, write B- for S- and U-, and I- for E- and L-."
            ),
            "该行第 {position} 个标记不是 O、B-类型 或 I-类型（IOB2）。其他方案中，S- 和 U- 请改为 B-，E- 和 L- 请改为 I-。",
        ),
        "problem.tag_begins_inside": (
            "Tag {position} goes on with a span that did not begin; it is read as the beginning of one.",
            "第 {position} 个标记延续了一个没有开头的片段，将视为片段的开头。",
        ),
        "problem.unequal_lengths": (
            "The row has {tokens:# token|# tokens} but {tags:# tag|# tags}. Give every token one tag.",
            "该行有 {tokens} 个词元，却有 {tags} 个标记。请为每个词元给出一个标记。",
        ),
        "problem.no_spans": (
            "No training row has a span: every tag is O. Tag what is to be found.",
            "训练数据中没有任何片段：所有标记都是 O。请标注需要识别的内容。",
        ),
        "problem.identical_sides": (
            "Both sides of the row are the same text. Is that meant?",
            "该行两侧的文本相同。是否有意如此？",
        ),
        "problem.longer_than_source": (
            "The summary is longer than what it sums up. Are the columns the right way round?",
            "摘要比原文还长。两列是否颠倒？",
        ),
        "problem.bad_cell": (
            "The cell is not the JSON that belongs here. Write a list or an object as JSON.",
            "单元格不是此处所需的 JSON。请以 JSON 写出列表或对象。",
        ),
        "problem.bad_answers": (
            'These are no answers. Write {{"text": ["…"], "answer_start": [12]}}, a list of texts, or one text.',
            '这不是答案。请写成 {{"text": ["…"], "answer_start": [12]}}、文本列表或单个文本。',
        ),
        "problem.answer_not_in_context": (
            "The answer does not occur in the context, letter for letter. Copy it from there.",
            "答案没有逐字出现在上下文中。请从上下文中复制。",
        ),
        "problem.answer_moved": (
            "The answer is not at character {given} of the context; it was found at {found}.",
            "答案不在上下文的第 {given} 个字符处；已在第 {found} 个字符处找到。",
        ),
        "problem.bad_candidates": (
            'These are no candidates. Write a list of texts as JSON, such as ["a", "b"].',
            '这不是候选项。请以 JSON 写出文本列表，例如 ["a", "b"]。',
        ),
        "problem.no_negatives": (
            "Every candidate is the right one, so there is nothing to choose from. Add wrong candidates.",
            "所有候选项都是正确项，没有可供选择的内容。请添加错误的候选项。",
        ),
        "problem.bad_messages": (
            'This is no conversation. Write [{{"role": "user", "content": "…"}}, {{"role": "assistant", "content": "…"}}].',
            '这不是对话。请写成 [{{"role": "user", "content": "…"}}, {{"role": "assistant", "content": "…"}}]。',
        ),
        "problem.unknown_speaker": (
            "Message {position} has a role that is none of: {known}.",
            "第 {position} 条消息的角色不在以下之列：{known}。",
        ),
        "problem.empty_message": (
            "Message {position} says nothing. Fill it in, or take it out.",
            "第 {position} 条消息没有内容。请补上或去掉该消息。",
        ),
        "problem.bad_tool_calls": (
            'The tool_calls of message {position} are no list of objects. Write [{{"function": {{"name": "…", "arguments": "…"}}}}].',
            '第 {position} 条消息的 tool_calls 不是对象列表。请写成 [{{"function": {{"name": "…", "arguments": "…"}}}}]。',
        ),
        "problem.bad_function_call": (
            'The function_call of message {position} is no object with a name. Write {{"name": "…", "arguments": "…"}}.',
            '第 {position} 条消息的 function_call 不是带有名称的对象。请写成 {{"name": "…", "arguments": "…"}}。',
        ),
        "problem.no_answer": (
            "The assistant says nothing in this conversation, so there is nothing to learn from it.",
            "对话中助手没有发言，没有可学习的内容。",
        ),
        "problem.unfinished_conversation": (
            "The conversation does not end with the assistant, so there is no answer that the verdict is about. Cut what follows it.",
            "对话不是以助手的发言结束，因此没有评价所针对的答案。请去掉助手发言之后的内容。",
        ),
        "problem.repeated_turn": (
            "Message {position} follows another one of the user, without an answer between them.",
            "第 {position} 条消息紧跟用户的另一条消息，中间没有回答。",
        ),
        "problem.identical_answers": (
            "The chosen and the rejected answer are the same, so neither is better. Change one, or remove the row.",
            "优选答案与被拒答案相同，无法区分优劣。请修改其一或删除该行。",
        ),
        "problem.encoding": (
            "The row holds bytes that are not {encoding}. Save the whole file as UTF-8.",
            "该行含有不属于 {encoding} 的字节。请将整个文件保存为 UTF-8。",
        ),
        "problem.encoding_guessed": (
            "The file does not say its encoding and is not UTF-8; it was read as {encoding}. Check the preview; another can be chosen.",
            "文件未声明编码且不是 UTF-8，已按 {encoding} 读取。请检查预览，必要时另选编码。",
        ),
        "problem.encoding_unknown": (
            "The encoding of the file is not known (first odd byte: {offset}, in line {line}). Choose it, or save the file as UTF-8.",
            "无法识别文件编码（首个异常字节：{offset}，位于第 {line} 行）。请选择编码，或保存为 UTF-8。",
        ),
        "problem.nul_byte": (
            "The value holds a NUL character. Remove it.",
            "该值含有 NUL 字符。请将其删除。",
        ),
        "problem.damaged_parquet": (
            "The file is not a readable Parquet file ({reason}). Write it again.",
            "不是可读取的 Parquet 文件（{reason}）。请重新生成。",
        ),
        "problem.archive": (
            "The file is an archive of a kind that is not read here. Pack it as ZIP, gzip, zstd or bzip2, or upload what is inside.",
            "不支持此类压缩包。请改用 ZIP、gzip、zstd 或 bzip2 压缩，或直接上传其中的文件。",
        ),
        "problem.archive_too_large": (
            "More than {limit_bytes} bytes come out of the archive. Split it, or ask the operator for more.",
            "解压后超过 {limit_bytes} 字节。请拆分文件，或联系管理员提高上限。",
        ),
        "problem.archive_bomb": (
            "The file becomes more than {ratio} times as large when it is unpacked, which no table of texts does. Upload it unpacked.",
            "文件解压后体积超过原来的 {ratio} 倍，正常的文本表格不会如此。请上传解压后的文件。",
        ),
        "problem.archive_entries": (
            "The archive has too many entries; at most {limit} are read. Join the files into fewer.",
            "压缩包中的条目过多，最多读取 {limit} 个。请合并文件。",
        ),
        "problem.append_packed": (
            "Files are appended unpacked. Unpack this one, and append what is in it.",
            "追加的文件须先解压。请解压后追加其中的文件。",
        ),
        "problem.archive_nested": (
            "There is an archive in the archive ({member}). Unpack the inner one and pack its files directly.",
            "压缩包内还有压缩包（{member}）。请解开内层压缩包，直接打包其中的文件。",
        ),
        "problem.archive_slip": (
            "An entry of the archive would lie outside of its folder ({member}). Pack the files again, from inside their folder.",
            "压缩包中的条目指向其文件夹之外（{member}）。请在文件夹内重新打包。",
        ),
        "problem.archive_absolute": (
            "An entry of the archive has an absolute path ({member}). Pack the files again, from inside their folder.",
            "压缩包中的条目使用了绝对路径（{member}）。请在文件夹内重新打包。",
        ),
        "problem.archive_link": (
            "An entry of the archive is a link or a device, not a file ({member}). Pack the file that it stands for.",
            "压缩包中的条目是链接或设备，而不是文件（{member}）。请打包其所指的文件。",
        ),
        "problem.archive_encrypted": (
            "The archive is protected by a password ({member}). Pack the files again without one.",
            "压缩包有密码保护（{member}）。请不设密码重新打包。",
        ),
        "problem.archive_method": (
            "An entry is compressed in a way that is not read here ({member}). Pack it again with the usual method (deflate).",
            "条目使用了不支持的压缩方式（{member}）。请用常规方式（deflate）重新打包。",
        ),
        "problem.archive_damaged": (
            "The packed file cannot be unpacked ({reason}). Pack it again.",
            "无法解压此文件（{reason}）。请重新打包。",
        ),
        "problem.archive_empty": (
            "The archive has no data files. Put CSV, TSV, JSONL, JSON, Parquet or spreadsheet files into it.",
            "压缩包中没有数据文件。请放入 CSV、TSV、JSONL、JSON、Parquet 或电子表格文件。",
        ),
        "problem.folders_read": (
            (
                "Every folder of the archive is read as a label and every text file in it as one row: {found:# row|# rows} "
                "of {total:# label|# labels} "
                "({names}). The column file says which file a row is."
            ),
            "压缩包中的每个文件夹作为一个标签，其中每个文本文件作为一行：共 {found} 行、{total} 个标签（{names}）。file 列为文件名。",
        ),
        "problem.texts_empty": (
            "Files of the archive that hold no text and are left out: {found} ({names}).",
            "压缩包中没有文本而被略去的文件：{found} 个（{names}）。",
        ),
        "problem.members_alike": (
            (
                "{found} files of the archive have the same problem, such as {names}: {said} Where folders are labels and files are one "
                "text each, pack nothing but .txt files, all equally deep."
            ),
            (
                "压缩包中有 {found} 个文件存在同样的问题，例如 {names}：{said}"
                "如果文件夹是标签、每个文件是一条文本，请只打包 .txt 文件，且所在层级相同。"
            ),
        ),
        "problem.member_ignored": (
            "{member} in the archive is not read, since it does not look like data.",
            "压缩包中的 {member} 看起来不是数据，未读取。",
        ),
        "problem.spreadsheet": (
            "The file looks like a spreadsheet or office document but cannot be read as one ({reason}). Save the sheet as CSV (UTF-8).",
            "文件像是电子表格或办公文档，但无法读取（{reason}）。请将工作表另存为 CSV（UTF-8）。",
        ),
        "problem.sheet_too_large": (
            "The spreadsheet needs more memory than a spreadsheet may. Save the sheet as CSV (UTF-8) and upload that.",
            "读取此电子表格所需的内存超出上限。请将工作表另存为 CSV（UTF-8）后上传。",
        ),
        "problem.sheet_protected": (
            "The spreadsheet is protected by a password. Save it without one.",
            "电子表格有密码保护。请取消密码后另存。",
        ),
        "problem.sheet_unknown": (
            "There is no sheet {sheet}; there are: {sheets}.",
            "没有工作表 {sheet}；现有的工作表：{sheets}。",
        ),
        "problem.sheet_chosen": (
            "The sheet {sheet} is read, which has the most rows; others are: {others}. Another one can be chosen.",
            "已读取行数最多的工作表 {sheet}；其他工作表：{others}。可以另选。",
        ),
        "problem.title_rows": (
            "Row {row} is taken for the names of the columns; {count:# row above it is|# rows above it are} left out.",
            "已将第 {row} 行作为列名；其上方的 {count} 行未读取。",
        ),
        "problem.merged_cells": (
            (
                "{found:# range of cells of the sheet is|# ranges of cells of the sheet are} merged: a value stands in the "
                "first cell, the others are empty."
            ),
            "工作表中有 {found} 处合并单元格；值只在每处的第一个单元格中，其余为空。",
        ),
        "problem.mixed_newlines": (
            "The file mixes carriage returns with other line ends. Check in the preview that rows end where they should.",
            "文件中混用了回车符与其他换行符。请在预览中检查各行是否正确分隔。",
        ),
        "problem.broken_document": (
            "The JSON document breaks off or is wrong at character {position} ({reason}). Write it again with a JSON library.",
            "JSON 文档在第 {position} 个字符处中断或有误（{reason}）。请用 JSON 库重新生成。",
        ),
        "problem.json_no_records": (
            "The JSON document is no list of objects and has none at its top. Write a list of objects, or one object per line.",
            "JSON 文档不是对象列表，顶层也没有这样的列表。请写成对象列表，或每行一个对象。",
        ),
        "problem.records_twice": (
            "The document has this list twice, and which of them is meant is not known. Put all objects into one list.",
            "文档中此列表出现了两次，无法确定以哪一个为准。请将所有对象放入同一个列表。",
        ),
        "problem.record_too_long": (
            "A record of the document has more than {limit} characters, so this is hardly a list of examples.",
            "文档中的一条记录超过 {limit} 个字符，不像是示例列表。",
        ),
        "problem.bad_article": (
            "The article is not as SQuAD writes them: paragraphs with a context, and qas with a question and answers.",
            "该文章不符合 SQuAD 的格式：段落应含 context，qas 应含 question 和 answers。",
        ),
        "problem.dialect": (
            "Read as {dialect}: {made} made of {used}, which stay as they are.",
            "按 {dialect} 读取：由 {used} 生成 {made}，原有列保持不变。",
        ),
        "problem.untagged_token": (
            "The line has a token but no tag. Write the token, a tab or space, and its tag.",
            "该行有词元而没有标记。请写词元、制表符或空格，再写标记。",
        ),
        "problem.bad_spans": (
            'These are no spans. Write [{{"start": 0, "end": 5, "label": "…"}}], in characters of the text.',
            '这不是片段。请写成 [{{"start": 0, "end": 5, "label": "…"}}]，以文本的字符计。',
        ),
        "problem.span_inverted": (
            "A span ends at {end}, which is not after its start at {start}. The end is the character after the last.",
            "片段的结束位置 {end} 不在开始位置 {start} 之后。结束位置是最后一个字符的下一个。",
        ),
        "problem.span_outside": (
            "A span from {start} to {end} lies outside of the text, which has {length:# character|# characters}.",
            "片段 {start} 至 {end} 超出文本范围，文本共 {length} 个字符。",
        ),
        "problem.span_differs": (
            "The span is said to be this text, but at its place stands: {found}. Count characters, not bytes.",
            "片段所写的文本与其位置上的文本不同，该处是：{found}。请按字符而不是字节计数。",
        ),
        "problem.spans_overlap": (
            "The span that starts at {start} overlaps another one. Every character can belong to one span only.",
            "从 {start} 开始的片段与另一片段重叠。每个字符只能属于一个片段。",
        ),
        "problem.markup": (
            "The file is HTML or XML, perhaps a web page saved by mistake. Upload a table or JSON.",
            "文件是 HTML 或 XML，可能误存了网页。请上传表格或 JSON。",
        ),
        "problem.binary": (
            "The file holds neither text nor a table. Upload CSV, TSV, JSONL, JSON, Parquet or a spreadsheet.",
            "文件既不是文本也不是表格。请上传 CSV、TSV、JSONL、JSON、Parquet 或电子表格。",
        ),
        "problem.not_a_time": (
            "This is no time. Write a date such as 2026-03-31, 2026/03/31 or 2026-03-31T12:00:00Z, or a number.",
            "这不是时间。请写日期，例如 2026-03-31、2026/03/31 或 2026-03-31T12:00:00Z，或写数字。",
        ),
        "problem.unknown_split": (
            "This names no split. Write train, validation or test.",
            "这不是数据划分的名称。请写 train、validation 或 test。",
        ),
        "problem.comments": (
            "Lines before a sentence that begin with # and end in no tag, such as this one, are taken for comments and left out.",
            "句子前以 # 开头且不以标签结尾的行（例如此行）视为注释，不会读入。",
        ),
        "problem.split_uneven": (
            (
                "{split} has {found:# row|# rows} where {wanted} were wanted: rows with one value of this column stay together. "
                "Choose other shares, another column or another way to divide, or go on as it is."
            ),
            "{split} 有 {found} 行，期望 {wanted} 行：此列取值相同的行不会被拆开。请换用其他比例、列或划分方式，或照此继续。",
        ),
        "problem.split_uneven_texts": (
            (
                "{split} has {found:# row|# rows} where {wanted} were wanted: texts that are alike stay together, and a "
                "label gives a row to "
                "every split where it can. Choose other shares, drop copies with the data doctor, or go on as it is."
            ),
            (
                "{split} 有 {found} 行，期望 {wanted} 行：相同的文本不会被拆开，且每个标签尽可能在各划分中都有一行。"
                "请换用其他比例、用数据医生去除重复，或照此继续。"
            ),
        ),
        "problem.untested_labels": (
            (
                "{found} of {total} labels are in no row of test: {labels}. How well a model knows them will not be measured. Add rows "
                "with other texts for them, or divide the rows otherwise."
            ),
            (
                "{total} 个标签中有 {found} 个在测试集中没有任何行：{labels}。模型对它们的掌握程度将无法衡量。"
                "请为其补充不同的文本，或换一种划分方式。"
            ),
        ),
        "problem.no_training_rows": (
            "The column gives no row to training. Mark rows with train, or have the rows divided by us.",
            "该列没有把任何行划入训练集。请用 train 标出训练行，或由平台划分。",
        ),
        # --- findings in changes
        "problem.unknown_role": (
            "The version has no {column}; it has: {known}. Leave it out.",
            "此版本没有 {column}；可用的有：{known}。请省略此项。",
        ),
        "problem.dropped_and_changed": (
            "The row is dropped and changed at once. Do one of both.",
            "该行同时被删除和修改。请只做其一。",
        ),
        "problem.no_such_row": (
            "The version has no row with the id {row_id}. Look the rows up again.",
            "此版本没有编号为 {row_id} 的行。请重新查询。",
        ),
        "problem.nothing_changed": (
            "The change leaves every row as it is, so no new version was made.",
            "此更改未改变任何行，因此没有生成新版本。",
        ),
        "problem.platform": (
            (
                "Reading the files failed {times} times for a reason on our side. Nothing is wrong with your data; "
                "try again, and tell the operator if it goes on."
            ),
            "因平台内部原因，读取文件失败 {times} 次。您的数据没有问题；请重试，若持续失败请联系管理员。",
        ),
    }
)
