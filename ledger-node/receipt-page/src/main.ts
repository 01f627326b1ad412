import './machine/buffer.ts'
import { element } from './element.ts'
import { filesView, formView, nothingGiven, takeFiles } from './form.ts'
import { type Judgement, judge } from './judge.ts'
import { resultView } from './result.ts'
import type { Texts } from './texts.ts'
import { en } from './texts-en.ts'
import { zh } from './texts-zh.ts'

/** The page: what was given, the verdict on it, and a language. */
let texts: Texts = /^zh\b/i.test(navigator.language) ? zh : en
let given = nothingGiven()
let judgement: Judgement | null = null

const language = element('button', { type: 'button', className: 'language', onclick: switchLanguage })
const title = element('h1')
const intro = element('p', { className: 'intro' })
const files = element('div')
const notices = element('div', { className: 'notices', role: 'status' })
const form = element('div')
const resultTitle = element('h2', { tabIndex: -1 })
const result = element('div', { role: 'status', 'aria-live': 'polite' })
const limits = element('p', { className: 'hint limits' })

const actions = {
  check: () => check(),
  clear() {
    given = nothingGiven()
    judgement = null
    draw()
    document.getElementById('files')?.focus()
  },
  changed() {
    if (judgement === null) return
    judgement = null
    drawResult()
  },
  take: (files: Iterable<File>) => void take(files),
}

async function take(files: Iterable<File>): Promise<void> {
  await takeFiles(given, [...files], texts)
  judgement = judge(given.parts, given.known)
  // Something is still to be pasted; else the parts would only push the result away.
  given.isOpen ||= judgement.verdict === 'incomplete'
  drawForm()
  drawResult()
}

function check(): void {
  judgement = judge(given.parts, given.known)
  drawForm()
  drawResult()
  resultTitle.focus()
  resultTitle.scrollIntoView({ block: 'start' })
}

function switchLanguage(): void {
  texts = texts === zh ? en : zh
  // They were said in the other language.
  given.notices = []
  draw()
}

function draw(): void {
  document.documentElement.lang = texts.language
  document.title = texts.title
  language.textContent = texts.otherLanguage
  language.lang = texts === zh ? en.language : zh.language
  title.textContent = texts.title
  intro.textContent = texts.intro
  resultTitle.textContent = texts.resultTitle
  limits.textContent = texts.limits
  files.replaceChildren(filesView(actions, texts))
  drawForm()
  drawResult()
}

/** Also what became of the files that were chosen last. */
function drawForm(): void {
  notices.replaceChildren(...given.notices.map((notice) => element('p', {}, notice)))
  form.replaceChildren(formView(given, actions, texts))
}

function drawResult(): void {
  result.replaceChildren(
    judgement === null
      ? element('p', { className: 'hint' }, texts.nothingYet)
      : resultView(judgement, given.parts.content, texts),
  )
}

document.addEventListener('dragover', (event) => event.preventDefault())
document.addEventListener('drop', (event) => {
  event.preventDefault()
  if (event.dataTransfer) actions.take(event.dataTransfer.files)
})

document.body.append(
  element('header', {}, element('span', { className: 'name' }, 'Tanbox 碳盒'), language),
  element(
    'main',
    {},
    title,
    intro,
    element(
      'div',
      { className: 'columns' },
      element('div', {}, files, notices, form),
      element('section', {}, resultTitle, result, limits),
    ),
  ),
)
draw()
