/** What Ctrl is called on the keyboard at hand. */
export const COMMAND = /mac|iphone|ipad/i.test(navigator.userAgent) ? "⌘" : "Ctrl";
