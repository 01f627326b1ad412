import { type DefaultTreeAdapterTypes, Parser } from 'parse5'

/** Deepest nesting that is kept, about that of browsers (Chromium: 512). Pages made by people stay below 100. */
const deepest = 500

type Map = DefaultTreeAdapterTypes.DefaultTreeAdapterMap

/**
 * parse5 looks through all open elements at nearly every tag, which takes minutes for a page of a million tags that
 * never end. Below the deepest level an element closes the one before it: they become siblings, and no text is lost.
 */
class ShallowParser extends Parser<Map> {
  override _insertElement(...element: Parameters<Parser<Map>['_insertElement']>): void {
    while (this.openElements.stackTop >= deepest) this.openElements.pop()
    super._insertElement(...element)
  }
}

export const parseShallow = (page: string): DefaultTreeAdapterTypes.Document => ShallowParser.parse<Map>(page)
