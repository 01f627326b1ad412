import { placeNames } from './expand.ts'
import { placesTable } from './places-table.ts'

/** What a question names so exactly that an answer elsewhere is no answer: places and years, in Chinese spelling. */
export interface Named {
  /** Each place by its names; one of them has to occur. */
  places: readonly (readonly string[])[]
  years: readonly string[]
}

/** Every Chinese place name of the table, longer ones first; 中国 and 全国 exclude nothing. */
const chineseNames = [
  ...new Set(
    placesTable
      .trim()
      .split(/,\s*/)
      .flatMap((place) => place.slice(place.lastIndexOf(' ') + 1).split('/')),
  ),
]
  .filter((name) => !['中国', '全国', '国家', '和平', '南山', '光明'].includes(name))
  .sort((a, b) => b.length - a.length)
const chinesePlace = new RegExp(chineseNames.join('|'), 'g')
// 2022年, 2020-2022年; in 2022, since 2022. Not 2000 吨, 2000 tonnes.
const year =
  /(?<!\d)(?:19|20)\d\d(?=\s*(?:年|[-–—~至到]\s*(?:19|20)\d\d))|(?<=\b(?:in|by|of|for|since|until|from|to|year|fy)\s)(?:19|20)\d\d\b(?![\d,.]\d|\s*(?:tonne|ton|kg|yuan|rmb|kw|mw|%))/gi

export function namedIn(question: string): Named {
  const english = placeNames(question).filter((names) => !names.includes('中国'))
  const chinese = [...new Set(question.match(chinesePlace) ?? [])].map((name) => [name])
  return { places: [...english, ...chinese], years: [...new Set(question.match(year) ?? [])] }
}
