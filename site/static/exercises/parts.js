// Small parts of the page that the others are made of.

export function part(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

export const button = (text, onclick) => part("button", { type: "button", onclick }, text);

// The lines of code in some part of the page, as they are written.
export const codeOf = (element) => element.querySelector("pre").textContent.replace(/\n$/, "");
