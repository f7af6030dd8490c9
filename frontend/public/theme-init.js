// Runs before the first paint so that a dark screen never flashes white. A file of its own, because the
// content security policy allows no inline script. Keys are the ones of src/lib/preferences.ts.
(function () {
  var root = document.documentElement;
  var scheme = null;
  var locale = null;
  try {
    scheme = localStorage.getItem("anneal.scheme");
    locale = localStorage.getItem("anneal.locale");
  } catch (error) {
    // Storage may be switched off; the system's wish is used.
    void error;
  }
  if (scheme !== "light" && scheme !== "dark") {
    scheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  root.setAttribute("data-mantine-color-scheme", scheme);
  root.lang = locale || (navigator.language.toLowerCase().indexOf("zh") === 0 ? "zh-CN" : "en");
})();
