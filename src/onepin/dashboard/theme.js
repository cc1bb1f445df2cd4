// Runs before the first paint, so that a chosen theme does not flash. A classic script on purpose.
(() => {
  const chosen = localStorage.getItem("onepin.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
