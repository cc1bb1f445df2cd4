// Runs before the page is drawn, so that nobody who chose dark sees a flash of light.
const chosen = localStorage.getItem("onepin-docs-theme");
if (chosen) document.documentElement.dataset.theme = chosen;
