// Before the first picture: the colours this browser had last, so that nothing flashes. No module: it must be in time.
try {
  document.documentElement.dataset.theme = localStorage.getItem("console.theme") || "system";
} catch {
  document.documentElement.dataset.theme = "system";
}
