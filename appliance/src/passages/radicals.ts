/**
 * CJK radicals (U+2E80-2EF3) that stand for a character in PDFs made by browsers. Kangxi radicals (U+2F00-2FD5)
 * are folded by NFKC; of this block NFKC folds only two, although fonts use them for the same glyphs.
 * Source: Unicode 16, EquivalentUnifiedIdeograph.txt (the entries whose glyph is a whole modern character).
 */
const table =
  '⺁厂⺂乛⺄乙⺅亻⺆冂⺇几⺈刀⺉刂⺋㔾⺎尣⺐尢⺑尣⺒巳⺓幺⺔彑⺖忄⺗㣺⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺠民⺡氵⺢氺⺣灬⺤爫⺦丬⺨犭⺩王⺫罒⺬示⺭礻⺮竹⺯糹⺰纟⺲罒⺶羊⺸羋⺹耂⺻聿⺼肉⺽臼⺾艹⺿艹⻀艹⻁虎⻂衤⻃覀⻄西⻅见⻆角⻈讠⻉贝⻋车⻌辶⻍辶⻎辶⻏阝⻐钅⻑長⻒镸⻓长⻔门⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻟飠⻠饣⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀'

const characters = Array.from(table)

/** Radical -> the character it is drawn as. */
export const radicals: ReadonlyMap<string, string> = new Map(
  Array.from({ length: characters.length / 2 }, (_, i) => [characters[2 * i]!, characters[2 * i + 1]!]),
)
