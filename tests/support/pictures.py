"""Pictures of pages, held against those kept beside the walks: a layout that breaks is seen, a digit that changes is not.

The browser that took a picture also makes it small and compares it, so that no library for images is needed. Kept pictures are a
quarter of the size in each direction, where smoothing of letters, which differs between machines, has blurred away.
`ANNEAL_PICTURES=renew` keeps what is seen as the new pictures; look at them before they are committed.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

from playwright.sync_api import Browser

KEPT = Path(__file__).resolve().parents[1] / "e2e" / "pictures"
# Share of points that may differ by more than a shade: a line of text that has changed, but not one that has moved the rest.
TOLERATED = 0.01
_SHADE = 40
_SMALLER_BY = 4
_DRAW = """
const draw = async (png, smaller) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width / smaller);
  canvas.height = Math.round(image.height / smaller);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return { canvas, points: context.getImageData(0, 0, canvas.width, canvas.height) };
};
"""
_SHRINK = f"async ([png, smaller]) => {{ {_DRAW} return (await draw(png, smaller)).canvas.toDataURL('image/png').split(',')[1]; }}"
_COMPARE = f"""async ([kept, seen, shade]) => {{
  {_DRAW}
  const [one, other] = [(await draw(kept, 1)).points, (await draw(seen, 1)).points];
  if (one.width !== other.width || one.height !== other.height) return 1;
  let differing = 0;
  for (let at = 0; at < one.data.length; at += 4) {{
    const apart = [0, 1, 2].map((channel) => Math.abs(one.data[at + channel] - other.data[at + channel]));
    if (Math.max(...apart) > shade) differing += 1;
  }}
  return (4 * differing) / one.data.length;
}}"""


def shrink(browser: Browser, png: bytes) -> bytes:
    """The picture at a quarter of its width and height, as PNG."""
    return base64.b64decode(_evaluate(browser, _SHRINK, [_text(png), _SMALLER_BY]))


def difference(browser: Browser, kept: bytes, seen: bytes) -> float:
    """Share of points, 0 to 1, that differ by more than a shade; 1 where the sizes differ."""
    return float(_evaluate(browser, _COMPARE, [_text(kept), _text(seen), _SHADE]))


def compare(browser: Browser, name: str, png: bytes, seen_folder: Path) -> str | None:
    """What is wrong with a picture of a page, in a sentence; None if it looks like the one that is kept."""
    seen = shrink(browser, png)
    kept = KEPT / f"{name}.png"
    if os.environ.get("ANNEAL_PICTURES") == "renew":
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(seen)
        return None
    if not kept.is_file():
        return f"{name}: no picture is kept; ANNEAL_PICTURES=renew makes it"
    share = difference(browser, kept.read_bytes(), seen)
    if share <= TOLERATED:
        return None
    seen_at = seen_folder / f"{name}-seen.png"
    seen_at.write_bytes(seen)
    return f"{name}: {share:.1%} of its points differ from {kept.name}; what was seen is in {seen_at.name}"


def _text(png: bytes) -> str:
    return base64.b64encode(png).decode()


def _evaluate(browser: Browser, script: str, argument: list[object]) -> str:
    page = browser.new_page()
    try:
        return page.evaluate(script, argument)
    finally:
        page.close()
