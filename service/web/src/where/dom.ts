// Makes elements.
type Child = Node | string | null | false;
type Handler = (event: Event) => void;

/** An element with attributes (on… are listeners, true is an attribute without a value) and children. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name, attributes: Record<string, string | boolean | Handler> = {}, ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else if (value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== false));
  return element;
}
