import { maxReceiptBytes } from '../../src/receipt/receipt-file.ts'
import { element } from './element.ts'
import { recognise } from './recognise.ts'
import { type PartName, partNames, type Texts } from './texts.ts'

/** What a person has entered so far. */
export interface Given {
  parts: Record<PartName, string>
  /** The key is known from elsewhere. */
  known: boolean
  /** The parts are shown, one by one. */
  isOpen: boolean
  /** What became of the files that were chosen last, in the language they were chosen in. */
  notices: string[]
}

export const nothingGiven = (): Given => ({
  parts: { proof: '', entry: '', salt: '', content: '', log: '', policy: '' },
  known: false,
  isOpen: false,
  notices: [],
})

export interface FormActions {
  check(): void
  clear(): void
  /** Something was typed: the result is not that of what stands there any more. */
  changed(): void
  take(files: Iterable<File>): void
}

export function formView(given: Given, actions: FormActions, texts: Texts): HTMLElement {
  return element(
    'form',
    {
      noValidate: true,
      onsubmit: (event: Event) => {
        event.preventDefault()
        actions.check()
      },
    },
    partsView(given, actions, texts),
    trustView(given, actions, texts),
    element(
      'div',
      { className: 'buttons' },
      element('button', { type: 'submit', className: 'primary' }, texts.check),
      element('button', { type: 'button', onclick: actions.clear }, texts.clear),
    ),
  )
}

/** Where files are chosen or dropped. What becomes of them is said in a live region beside it. */
export function filesView(actions: FormActions, texts: Texts): HTMLElement {
  const input = element('input', {
    type: 'file',
    id: 'files',
    multiple: true,
    'aria-describedby': 'files-hint',
    onchange: () => actions.take(input.files ?? []),
  })
  return element(
    'section',
    {},
    element('h2', {}, texts.filesTitle),
    element('p', { id: 'files-hint', className: 'hint' }, texts.filesHint),
    element(
      'div',
      { className: 'drop' },
      input,
      element('label', { for: 'files', className: 'choose' }, texts.chooseFiles),
      element('span', { className: 'hint' }, texts.dropHere),
    ),
  )
}

function partsView(given: Given, actions: FormActions, texts: Texts): HTMLElement {
  const details = element(
    'details',
    {
      open: given.isOpen,
      ontoggle: () => {
        given.isOpen = details.open
      },
    },
    element('summary', {}, texts.partsTitle),
    ...partNames.map((name) => partView(name, given, actions, texts)),
  )
  return details
}

function partView(name: PartName, given: Given, actions: FormActions, texts: Texts): HTMLElement {
  const { label, hint } = texts.parts[name]
  const field = element('textarea', {
    id: name,
    name,
    value: given.parts[name],
    rows: name === 'salt' || name === 'log' ? 2 : 4,
    spellcheck: false,
    autocapitalize: 'off',
    'aria-describedby': `${name}-hint`,
    oninput: () => {
      given.parts[name] = field.value
      actions.changed()
    },
  })
  return element(
    'div',
    { className: 'part' },
    element('label', { for: name }, label),
    element('p', { id: `${name}-hint`, className: 'hint' }, hint),
    field,
  )
}

function trustView(given: Given, actions: FormActions, texts: Texts): HTMLElement {
  const box = element('input', {
    type: 'checkbox',
    id: 'known',
    checked: given.known,
    'aria-describedby': 'known-hint',
    onchange: () => {
      given.known = box.checked
      actions.changed()
    },
  })
  return element(
    'section',
    {},
    element('h2', {}, texts.keyTitle),
    given.parts.log === '' ? null : element('p', { className: 'key' }, given.parts.log),
    element('div', { className: 'known' }, box, element('label', { for: 'known' }, texts.keyKnown)),
    element('p', { id: 'known-hint', className: 'hint' }, texts.keyKnownHint),
  )
}

/** Reads files into what is given; a whole receipt replaces all of it. */
export async function takeFiles(given: Given, files: Iterable<File>, texts: Texts): Promise<void> {
  given.notices = []
  for (const file of files) {
    if (file.size > maxReceiptBytes) {
      given.notices.push(texts.files.tooLarge(file.name))
      continue
    }
    const found = recognise(await file.text())
    if (found === null) given.notices.push(texts.files.unknown(file.name))
    else if (found.kind === 'receipt') {
      given.parts = { ...nothingGiven().parts, ...found.receipt }
      given.notices.push(texts.files.taken(file.name, texts.files.bundle))
    } else {
      given.parts[found.kind] = found.text
      given.notices.push(texts.files.taken(file.name, texts.parts[found.kind].label))
    }
  }
  // Whoever compared a key before has not compared this one.
  given.known = false
}
