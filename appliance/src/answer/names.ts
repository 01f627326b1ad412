import { places } from './places.ts'

/**
 * Names in a text: documents in 《》, places, organisations; in English text also words written with a capital in
 * mid-sentence. Meant to be sure rather than complete: what is returned must stand in a source that is cited.
 */
export function namesIn(text: string): string[] {
  const names = new Set<string>()
  for (const [, title] of text.matchAll(/《([^《》\n]{2,80})》/gu)) names.add(title!)
  const prose = text.replace(/《[^《》\n]*》/gu, ' ')
  for (const [place] of prose.matchAll(placePattern)) names.add(place)
  for (const [, district] of prose.matchAll(districtPattern)) names.add(district!)
  for (const [, organisation] of prose.matchAll(organisationPattern)) names.add(organisation!)
  if (!/\p{Script=Han}/u.test(text)) for (const [name] of prose.matchAll(englishName)) names.add(name)
  return [...names]
}

/** Whether the text, folded by `foldName`, holds a name in one of the forms people write it in. */
export function holdsName(folded: string, name: string): boolean {
  const wanted = foldName(name)
  return folded.includes(wanted) || forms(wanted).some((form) => folded.includes(form))
}

/** NFKC, no white space, no quotation marks, lower case; long and short names of authorities made one. */
export function foldName(text: string): string {
  let folded = text
    .normalize('NFKC')
    .replace(/[\s“”"'‘’]/gu, '')
    .toLowerCase()
  for (const [long, short] of shortForms) folded = folded.replaceAll(long, short)
  return folded
}

const placePattern = new RegExp(places.toSorted((a, b) => b.length - a.length).join('|'), 'gu')

// The two characters before 区, 县 or 旗 are enough to tell districts apart; these before it make no name.
const districtPattern =
  /(?<=^|\p{Script=Han})([\p{Script=Han}]{2}[区县旗])(?<![园地社校街范点小辖该本全各城郊山景矿库牧林农灾新发税港贸业验护能片大老市厂分特禁限控个一两三多设域理开际岸温部化合心村镇内市州自治在为对和与及级由的或中等以向其是有给从到跨入出非无所于试][区县旗])/gu

// Likewise three characters with their kind; general words before the kind make no name.
const organisationPattern =
  /([\p{Script=Han}]{2}(?:局|厅|委员会|大学|学院|研究院|交易所|交易中心|法院|检察院|协会))(?<!(?:主管|有关|相关|当地|各级|所属|上级|下级|地方|专业|行业|高等|人民|格局|全局|结局|布局|[^\p{Script=Han}].|.该|.本|.各|.市|.区|.县|.省)(?:局|厅|委员会|大学|学院|研究院|交易所|交易中心|法院|检察院|协会))/gu

const englishName =
  /(?<=[a-z,;:]\s)(?!I\b|The\b|A\b|An\b|In\b|On\b|For\b|It\b|This\b|That\b|Article\b|Section\b|Chapter\b|Table\b|Figure\b|January|February|March|April|May\b|June|July|August|September|October|November|December|Mon|Tues|Wednes|Thurs|Fri|Satur|Sun|RMB\b|CNY\b|MW|GW|TW|kW)[A-Z][A-Za-z]{2,}/g

/** Authorities by their full and short names, folded. */
const shortForms: readonly (readonly [string, string])[] = [
  ['发展和改革委员会', '发改委'],
  ['发展改革委员会', '发改委'],
  ['发展和改革委', '发改委'],
  ['发展改革委', '发改委'],
  ['工业和信息化', '工信'],
  ['住房和城乡建设', '住建'],
  ['住房城乡建设', '住建'],
  ['国有资产监督管理委员会', '国资委'],
  ['市场监督管理', '市场监管'],
  ['生态环境保护', '生态环保'],
]

/** 徐汇区 is also held by 徐汇, 生态环境局 also by a text that says 生态环境部门. */
function forms(folded: string): string[] {
  const short = folded.replace(/[省市区县旗]$/u, '')
  return short.length >= 2 && short !== folded ? [short] : []
}
