// The whole of what a site does with the presenter: a button asks, she answers.
const avatar = document.querySelector("viseme-avatar"), buttons = document.querySelectorAll("[data-answer]");

for (const button of buttons)
  button.addEventListener("click", () => avatar.speak(button.dataset.answer, { interrupt: true }).catch(() => {}));

avatar.addEventListener("state", ({ detail }) => {
  const live = ["idle", "speaking"].includes(detail.state);
  for (const button of buttons) button.disabled = !live;
});
