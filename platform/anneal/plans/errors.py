"""Texts of quotas: what is refused for one, what waits for one, and that one comes to its end."""

from __future__ import annotations

from anneal.common.texts import texts_register

texts_register(
    {
        "quota.compute_hours": (
            (
                "The organisation's training hours of this month are used up: {used} of {limit}. They start anew on {until} (UTC). Jobs "
                "that run go on to their end. Wait until then, or ask whoever runs this installation for more."
            ),
            (
                "组织本月的训练时长已用完：已用 {used}，上限 {limit} 小时，将于 {until}（UTC）重新计算。正在运行的任务会继续到结束。"
                "请等到那时，或联系本系统的运营者提高上限。"
            ),
        ),
        "quota.compute_hours.estimate": (
            (
                "{left} of the organisation's {limit} training hours of this month are left, and this job may take more. It would go on to "
                "its end; after it, no job begins until they start anew on {until} (UTC)."
            ),
            (
                "组织本月的训练时长上限 {limit} 小时，还剩 {left} 小时，此任务可能需要更多。任务会继续到结束；"
                "此后在 {until}（UTC）重新计算之前不再开始新任务。"
            ),
        ),
        "quota.compute_hours.name": ("Training hours of this month", "本月训练时长"),
        "quota.compute_hours.near": (
            (
                "{used} of {limit} training hours of this month are used. Once they are used up, no job begins until they start anew on "
                "{until} (UTC); those that run go on to their end. Whoever runs this installation can grant more."
            ),
            (
                "本月训练时长上限 {limit} 小时，已用 {used} 小时。用完后，在 {until}（UTC）重新计算之前不再开始新任务；"
                "正在运行的任务会继续到结束。如需提高上限，请联系本系统的运营者。"
            ),
        ),
        "quota.compute_hours.waits": (
            (
                "It waits for training hours: the organisation has used {used} of {limit} this month. It begins when they start anew on "
                "{until} (UTC), or when whoever runs this installation grants more."
            ),
            (
                "正在等待训练时长：组织本月已用 {used}，上限 {limit} 小时。将在 {until}（UTC）重新计算后开始，"
                "或在本系统的运营者提高上限后开始。"
            ),
        ),
        "quota.running_jobs.name": ("Jobs that run at once", "同时运行的任务数"),
        "quota.running_jobs.waits": (
            (
                "It waits for a place: {used} of the {limit} jobs that the organisation may run at once are running, trials of searches "
                "among them. It begins when one of them ends."
            ),
            "正在等待运行名额：组织最多同时运行 {limit} 个任务（含搜索中的试验），现有 {used} 个正在运行。其中一个结束后即会开始。",
        ),
        "quota.stored_gb": (
            (
                "The organisation's room is used up: {used} of {limit} GB. Delete data or models that are not needed any more, or ask "
                "whoever runs this installation for more."
            ),
            "组织的存储空间已用完：已用 {used}，上限 {limit} GB。请删除不再需要的数据或模型，或联系本系统的运营者提高上限。",
        ),
        "quota.stored_gb.name": ("Stored data and models", "存储的数据和模型"),
        "quota.stored_gb.near": (
            (
                "{used} of {limit} GB of room are used. Once they are used up, nothing more is taken in and no job is launched. Delete "
                "data or models that are not needed any more; whoever runs this installation can grant more."
            ),
            (
                "存储空间上限 {limit} GB，已用 {used} GB。用完后将不再接收新数据，也无法启动任务。"
                "请删除不再需要的数据或模型；如需提高上限，请联系本系统的运营者。"
            ),
        ),
        "quota.stored_gb.needs": (
            (
                "This takes {needed} GB of room, and the organisation uses {used} of {limit} GB already. Delete data or models that are "
                "not needed any more, or ask whoever runs this installation for more."
            ),
            (
                "此操作需要 {needed} GB 存储空间，而组织已用 {used}，上限 {limit} GB。"
                "请删除不再需要的数据或模型，或联系本系统的运营者提高上限。"
            ),
        ),
    }
)
