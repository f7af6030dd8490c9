"""Errors that a caller may see. Raised anywhere below HTTP; the API turns them into the one error shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anneal.common.texts import text, texts_register


@dataclass(frozen=True)
class Detail:
    """One of several findings behind an error, such as one bad row."""

    code: str
    message: str
    param: str | None = None
    row: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "param": self.param, "row": self.row}


@dataclass(eq=False)
class AnnealError(Exception):
    """A refusal with a code of the registered texts, the HTTP status it becomes, and the field it is about."""

    code: str
    status: int = 400
    param: str | None = None
    details: Sequence[Detail] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return text(self.code, **self.params)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def not_found(thing: str) -> AnnealError:
    """The one answer for an id that does not exist and for one that belongs to somebody else."""
    return AnnealError(f"{thing}.not_found", status=404)


texts_register(
    {
        "request.invalid": ("The request is not valid: see details.", "请求无效，详见明细。"),
        "request.malformed": ("The body is not valid JSON: {reason}", "请求体不是有效的 JSON：{reason}"),
        "request.malformed_json": ("line {line}, character {column}", "第 {line} 行第 {column} 个字符"),
        "request.malformed_encoding": ("byte {position} is not UTF-8", "第 {position} 个字节不是 UTF-8"),
        "request.malformed_number": (
            "NaN, Infinity and numbers of thousands of digits are not taken",
            "不接受 NaN、Infinity 和数千位长的数字",
        ),
        "request.malformed_depth": ("more than {levels} levels inside one another", "嵌套超过 {levels} 层"),
        "request.malformed_character": (
            "a \\u escape stands for half a character",
            "某个 \\u 转义只表示半个字符",
        ),
        "request.no_object": ("an object is expected", "应为对象"),
        "request.unsupported_media_type": (
            "Content type {media_type!r} is not accepted here; send {accepted}.",
            "此处不接受内容类型 {media_type!r}；请使用 {accepted}。",
        ),
        "request.method_not_allowed": ("Method {method} is not allowed here.", "此处不允许 {method} 方法。"),
        "request.not_acceptable": (
            "The answer cannot be given in the requested format.",
            "无法以所请求的格式返回结果。",
        ),
        "request.too_large": (
            "The request body is larger than {limit_bytes} bytes.",
            "请求体超过 {limit_bytes} 字节。",
        ),
        "request.too_slow": (
            "The request body came too slowly, so it was not waited for. Send it again over a better line, or in smaller parts.",
            "请求体传输过慢，已停止接收。请在网络较好时重新发送，或分成较小的部分发送。",
        ),
        "request.unknown_field": ("Unknown field {name!r}.", "未知字段 {name!r}。"),
        "request.changed_since": (
            "Somebody changed this since you read it. Read it again, then decide which of the two is right.",
            "在您读取之后，此内容已被更改。请重新读取，再决定以哪个为准。",
        ),
        "request.bad_cursor": ("The cursor is not one that this list gave out.", "游标无效：它不是由此列表给出的。"),
        "request.bad_limit": ("limit must be a whole number from 1 to 100.", "limit 必须是 1 到 100 的整数。"),
        "auth.required": ("Sign in or send an API key.", "请登录或提供 API 密钥。"),
        "auth.invalid_key": (
            "The API key is not valid: it is unknown, revoked or expired.",
            "API 密钥无效：不存在、已撤销或已过期。",
        ),
        "auth.csrf": (
            "The security token is missing or old; reload the page and try again.",
            "安全令牌缺失或已过期，请刷新页面后重试。",
        ),
        "auth.forbidden": (
            "Your role ({role}) may not do this; it needs {needed}.",
            "您的角色（{role}）无权执行此操作，需要 {needed}。",
        ),
        "auth.no_tenant": (
            "Choose an organisation: send its id in the X-Tenant header.",
            "请选择组织：在 X-Tenant 请求头中提供其编号。",
        ),
        "auth.browser_only": (
            "This needs a signed-in person, not an API key.",
            "此操作需要登录用户，不能使用 API 密钥。",
        ),
        "page.not_found": ("There is nothing at this address.", "此地址没有内容。"),
        "page.not_built": (
            "The page has not been built yet: run `make demo`, or `npm run build` in frontend/.",
            "页面尚未构建：请运行 `make demo`，或在 frontend/ 中运行 `npm run build`。",
        ),
        "server.error": (
            "Something went wrong on our side. It was logged with this request's id.",
            "服务器内部出错，已按此请求编号记录。",
        ),
        "server.busy": (
            "Too much is being sent to the server just now; try again in {seconds} seconds.",
            "当前发送到服务器的数据过多，请在 {seconds} 秒后重试。",
        ),
        "server.unavailable": (
            "A part of the platform does not answer just now; try again in {seconds:# second|# seconds}.",
            "平台的一部分暂时无响应，请在 {seconds} 秒后重试。",
        ),
        "idempotency.reused": (
            "This Idempotency-Key was used for a different request.",
            "此 Idempotency-Key 已用于另一个不同的请求。",
        ),
        "idempotency.bad_key": (
            "An Idempotency-Key has 1 to 255 visible ASCII characters.",
            "Idempotency-Key 须为 1 到 255 个可见 ASCII 字符。",
        ),
        "outbound.bad_url": (
            "This is not an address of the form https://host/path. Check it for spaces and typing errors.",
            "这不是 https://主机/路径 形式的地址。请检查是否有空格或输入错误。",
        ),
        "outbound.scheme": (
            "Addresses that begin with {scheme}: are not fetched; give one with https:// or http://.",
            "不支持以 {scheme}: 开头的地址；请提供 https:// 或 http:// 地址。",
        ),
        "outbound.userinfo": (
            "The address holds a name or password before an @. Take it out; use a signed address instead.",
            "地址在 @ 之前包含用户名或密码。请将其去除，并改用签名地址。",
        ),
        "outbound.odd_host": (
            "The host {host} is neither a name nor an address in its plain form (such as 203.0.113.7).",
            "主机 {host} 既不是域名，也不是标准写法的 IP 地址（例如 203.0.113.7）。",
        ),
        "outbound.port": (
            "Port {port} of {host} is not open to us; only 80 and 443 are. The operator can open own networks.",
            "不允许访问 {host} 的端口 {port}，仅允许 80 和 443。管理员可以开放自有网络。",
        ),
        "outbound.private_address": (
            (
                "{host} leads to an address that is not on the open internet, so it is not fetched. "
                "Upload the file instead, or ask the operator to open this network."
            ),
            "{host} 指向非公共互联网的地址，因此不会访问。请直接上传文件，或请管理员开放此网络。",
        ),
        "outbound.unresolved": (
            "There is no host {host}: its name leads to no address. Check the spelling.",
            "找不到主机 {host}：该域名没有对应的地址。请检查拼写。",
        ),
        "outbound.unreachable": (
            "{host} does not answer. Check that it is up and open to the internet, then try again.",
            "{host} 没有响应。请确认它正在运行且可从互联网访问，然后重试。",
        ),
        "outbound.certificate": (
            "{host} shows a certificate that cannot be trusted, so nothing was read from it.",
            "{host} 的证书不可信，因此未读取任何内容。",
        ),
        "outbound.broken": (
            "The connection to {host} broke again and again. Try again later, or upload the file.",
            "与 {host} 的连接多次中断。请稍后重试，或直接上传文件。",
        ),
        "outbound.redirects": (
            "{host} sends on to other addresses more than {limit} times. Give the last address.",
            "{host} 的重定向超过 {limit} 次。请提供最终地址。",
        ),
        "outbound.downgrade": (
            "{host} sends on from https to http, where anybody could read along. Give the last address yourself.",
            "{host} 从 https 重定向到 http，内容可能被窃听。请自行提供最终地址。",
        ),
        "storage.full": (
            "The storage is full ({needed_bytes} bytes were needed). Nothing was changed; ask the operator to make room.",
            "存储空间已满（需要 {needed_bytes} 字节）。未作任何更改，请联系管理员扩容。",
        ),
    }
)
