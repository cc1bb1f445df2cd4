// "Was this page helpful?": one of two words, sent once. Only where the server asks for it.
export function offerFeedback(make) {
  const box = document.querySelector(".helpful");
  const { feedback, prefix } = document.body.dataset;
  const page = document.querySelector("main").dataset.page;
  if (feedback !== "on" || !page) return;

  const status = make("span", { role: "status" });
  const vote = async (helpful) => {
    buttons.forEach((button) => (button.disabled = true));
    try {
      const answer = await fetch(`${prefix}/feedback`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ page, helpful }),
      });
      status.textContent = answer.ok ? "Thank you." : (await answer.json()).error.message;
    } catch {
      status.textContent = "That did not reach the server.";
    }
  };
  const buttons = [
    make("button", { type: "button", textContent: "Yes", onclick: () => vote("yes") }),
    make("button", { type: "button", textContent: "No", onclick: () => vote("no") }),
  ];
  box.append(make("span", { textContent: "Was this page helpful?" }), ...buttons, status);
  box.hidden = false;
}
