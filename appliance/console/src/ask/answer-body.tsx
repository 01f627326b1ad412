// biome-ignore-all lint/suspicious/noArrayIndexKey: nodes of an answer never change places, they only grow at the end
import { createElement, Fragment, type ReactNode, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { PlacedCitation } from '../../../src/model.ts'
import { ScrollRegion } from '../controls/scroll-region.tsx'
import { type AnswerNode, readAnswer } from './answer-tree.ts'
import { CitationChip, type OpenCitation } from './citation-chip.tsx'

/** The text of an answer with its citations in place and its unsupported sentences marked. */
export function AnswerBody({
  text,
  citations,
  unsupported,
  onOpen,
}: {
  text: string
  citations: PlacedCitation[]
  unsupported: { start: number; end: number }[]
  onOpen: OpenCitation
}) {
  const tree = useMemo(() => readAnswer(text, citations, unsupported), [text, citations, unsupported])
  return (
    <div className="prose" data-answer-text="">
      <Nodes nodes={tree} citations={citations} onOpen={onOpen} />
    </div>
  )
}

interface Shared {
  citations: PlacedCitation[]
  onOpen: OpenCitation
}

function Nodes({ nodes, ...shared }: { nodes: AnswerNode[] } & Shared) {
  return nodes.map((node, index) => <NodeView key={index} node={node} {...shared} />)
}

const tags = {
  paragraph: 'p',
  quote: 'blockquote',
  strong: 'strong',
  emphasis: 'em',
  deleted: 'del',
  code: 'code',
} as const

function NodeView({ node, ...shared }: { node: AnswerNode } & Shared): ReactNode {
  const inside = (nodes: AnswerNode[]) => <Nodes nodes={nodes} {...shared} />
  switch (node.kind) {
    case 'runs':
      return node.runs.map((run, index) =>
        run.kind === 'citation' ? (
          <CitationChip
            key={`citation ${run.index}`}
            citation={shared.citations[run.index]!}
            onOpen={shared.onOpen}
          />
        ) : (
          <Words key={index} text={run.text} unsupported={run.unsupported} />
        ),
      )
    case 'break':
      return <br />
    case 'plain':
      return inside(node.children)
    case 'preformatted':
      return (
        <pre>
          <code>{inside(node.children)}</code>
        </pre>
      )
    case 'heading':
      // Question and answer stand under h2.
      return createElement(`h${Math.min(6, node.level + 2)}`, null, inside(node.children))
    case 'list':
      return createElement(
        node.ordered ? 'ol' : 'ul',
        node.ordered && node.start !== 1 ? { start: node.start } : null,
        ...node.items.map((item, index) => <li key={index}>{inside(item)}</li>),
      )
    case 'table':
      return <TableView node={node} inside={inside} />
    default:
      return createElement(tags[node.kind], null, inside(node.children))
  }
}

function TableView({
  node,
  inside,
}: {
  node: Extract<AnswerNode, { kind: 'table' }>
  inside: (nodes: AnswerNode[]) => ReactNode
}) {
  const { t } = useTranslation()
  return (
    <ScrollRegion label={t('preview.table')} className="table-scroll">
      <table>
        <thead>
          <tr>
            {node.header.map((cell, column) => (
              <th key={column} scope="col">
                {inside(cell)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {node.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column}>{inside(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  )
}

function Words({ text, unsupported }: { text: string; unsupported: boolean }) {
  const { t } = useTranslation()
  if (!unsupported) return <Fragment>{text}</Fragment>
  return (
    <span className="unsupported" title={t('answer.unsupported')}>
      {text}
      <span className="sr-only">{t('answer.unsupportedSpoken')}</span>
    </span>
  )
}
