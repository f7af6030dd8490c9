"""Every act that the audit log knows, in words. `audit_write` takes no other."""

from __future__ import annotations

from typing import Final

from anneal.common.texts import text, texts_register

_WORDS: Final = {
    "account.password_changed": ("Changed their own password", "修改了自己的密码"),
    "account.password_reset": ("Set a new password by a link", "通过链接设置了新密码"),
    "api_key.created": ("Created an API key", "创建了 API 密钥"),
    "api_key.revoked": ("Revoked an API key", "撤销了 API 密钥"),
    "artifact.link_created": ("Made a download link for a model", "生成了模型下载链接"),
    "checkpoint.link_created": ("Made a download link for a checkpoint", "生成了检查点下载链接"),
    "dataset.change_asked": ("Changed a dataset", "修改了数据集"),
    "dataset.created": ("Created a dataset", "创建了数据集"),
    "dataset.deleted": ("Deleted a dataset", "删除了数据集"),
    "dataset.exported": ("Exported a dataset", "导出了数据集"),
    "dataset.file_read_as": ("Changed how a file is read", "更改了文件的读取方式"),
    "dataset.mapped": ("Assigned the columns of a dataset", "指定了数据集的列"),
    "dataset.names_model_chosen": ("Chose a model that names are looked for with", "选择了识别姓名的模型"),
    "dataset.names_model_removed": ("Stopped looking for names with a model", "取消了用模型识别姓名"),
    "dataset.restored": ("Restored a deleted dataset", "恢复了已删除的数据集"),
    "dataset.task_changed": ("Changed the task of a dataset", "更改了数据集的任务类型"),
    "finding.accepted": ("Applied the fix for a finding", "采纳了数据问题的修复"),
    "finding.dismissed": ("Dismissed a finding", "忽略了数据问题"),
    "finding.open": ("Reopened a finding", "重新打开了数据问题"),
    "invitation.accepted": ("Accepted an invitation", "接受了邀请"),
    "invitation.created": ("Invited somebody", "邀请了新成员"),
    "invitation.revoked": ("Withdrew an invitation", "撤回了邀请"),
    "job.archived": ("Put away a job", "归档了任务"),
    "job.brought_back": ("Brought back a job that was put away", "取消了任务的归档"),
    "job.cancelled": ("Cancelled a job", "取消了任务"),
    "job.launched": ("Launched a job", "启动了任务"),
    "job.paused": ("Paused a job", "暂停了任务"),
    "job.resumed": ("Resumed a job", "继续了任务"),
    "label_session.changed": ("Changed a labelling session", "修改了标注任务"),
    "label_session.created": ("Started a labelling session", "新建了标注任务"),
    "label_session.finished": ("Finished a labelling session", "完成了标注任务"),
    "member.left": ("Left the organisation", "退出了组织"),
    "member.removed": ("Removed a member", "移除了成员"),
    "member.role_changed": ("Changed a member's role", "更改了成员角色"),
    "model.deleted": ("Deleted a model", "删除了模型"),
    "model.renamed": ("Renamed a model", "重命名了模型"),
    "model.restored": ("Restored a deleted model", "恢复了已删除的模型"),
    "quota.changed": ("Changed a quota of the organisation", "更改了组织的配额"),
    "tenant.created": ("Founded the organisation", "创建了组织"),
    "tenant.deleted": ("Deleted the organisation", "删除了组织"),
    "tenant.renamed": ("Renamed the organisation", "重命名了组织"),
    "tenant.restored": ("Brought the organisation back", "恢复了组织"),
}
AUDIT_ACTIONS: Final = tuple(_WORDS)

texts_register({f"audit.{action}": words for action, words in _WORDS.items()})


def action_text(action: str) -> str:
    """What was done, in the language of the request."""
    return text(f"audit.{action}")
