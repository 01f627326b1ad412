type Child = Node | string | null

/** Makes an element. Properties that are names of attributes with a dash are set as attributes. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Record<string, unknown> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-') || name === 'role' || name === 'for' || name === 'lang')
      made.setAttribute(name, String(value))
    else Object.assign(made, { [name]: value })
  }
  made.append(...children.filter((child) => child !== null))
  return made
}
