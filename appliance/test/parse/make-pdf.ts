/** A line of text on a page: lower left corner in points from the lower left of the page. */
export interface PdfText {
  text: string
  x: number
  y: number
  size?: number
  font?: 'song' | 'hei'
}

export interface PdfPage {
  texts: PdfText[]
  /** Ruled lines x0, y0, x1, y1. */
  lines?: [number, number, number, number][]
  rotate?: 0 | 90 | 180 | 270
}

/** Bytes of a small PDF of A4 pages whose Chinese text uses a predefined CMap and no embedded font; Latin is half as wide. */
export function makePdf(pages: readonly PdfPage[], info: { title?: string } = {}): Uint8Array {
  const objects: string[] = []
  const add = (body: string): number => objects.push(body)
  const catalogue = add('')
  const tree = add('')
  const fonts = { song: addFont('STSong-Light'), hei: addFont('SimHei') }
  const kids = pages.map((page) => {
    const content = contentOf(page)
    const stream = add(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`)
    return add(
      `<< /Type /Page /Parent ${tree} 0 R /MediaBox [0 0 595 842] /Rotate ${page.rotate ?? 0} /Contents ${stream} 0 R ` +
        `/Resources << /Font << /song ${fonts.song} 0 R /hei ${fonts.hei} 0 R >> >> >>`,
    )
  })
  objects[catalogue - 1] = `<< /Type /Catalog /Pages ${tree} 0 R >>`
  objects[tree - 1] =
    `<< /Type /Pages /Count ${kids.length} /Kids [${kids.map((kid) => `${kid} 0 R`).join(' ')}] >>`
  const infoObject = info.title === undefined ? null : add(`<< /Title <FEFF${hex(info.title)}> >>`)
  return assemblePdf(objects, `/Root ${catalogue} 0 R${infoObject ? ` /Info ${infoObject} 0 R` : ''}`)

  function addFont(name: string): number {
    const descendant = add(
      `<< /Type /Font /Subtype /CIDFontType0 /BaseFont /${name} /DW 1000 /W [1 95 500] ` +
        '/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>',
    )
    return add(
      `<< /Type /Font /Subtype /Type0 /BaseFont /${name} /Encoding /UniGB-UCS2-H /DescendantFonts [${descendant} 0 R] >>`,
    )
  }
}

/** Objects numbered from 1 with their cross-reference table. */
export function assemblePdf(objects: readonly string[], trailer: string): Uint8Array {
  let text = '%PDF-1.7\n'
  const offsets = objects.map((body, i) => {
    const at = text.length
    text += `${i + 1} 0 obj\n${body}\nendobj\n`
    return at
  })
  const xref = text.length
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`
  text += offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')
  text += `trailer\n<< /Size ${objects.length + 1} ${trailer} >>\nstartxref\n${xref}\n%%EOF\n`
  return Buffer.from(text, 'latin1')
}

function contentOf({ texts, lines = [] }: PdfPage): string {
  const strokes = lines.map(([x0, y0, x1, y1]) => `${x0} ${y0} m ${x1} ${y1} l S`)
  const shown = texts.map(
    ({ text, x, y, size = 12, font = 'song' }) =>
      `BT /${font} ${size} Tf 1 0 0 1 ${x} ${y} Tm <${hex(text)}> Tj ET`,
  )
  return [...strokes, ...shown].join('\n')
}

function hex(text: string): string {
  return Buffer.from(text, 'utf16le').swap16().toString('hex')
}
