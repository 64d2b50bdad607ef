import type { Finding } from './findings.ts'

export type MessageLanguage = 'zh-CN' | 'en'

/** What each finding, cause of an error value and note of an export says. `{name}` and the like are filled in. */
const MESSAGES: Record<string, readonly [chinese: string, english: string]> = {
  adjacentOrder: ['相邻分组不能同时排序或取前几名', 'adjacent groups cannot be sorted or cut to the top'],
  aggregateOfText: ['汇总的内容里有不是数字的值', 'there is something other than numbers to sum up'],
  argumentCount: ['{name} 的参数个数不对', 'wrong number of arguments for {name}'],
  arrayTooLong: ['数组过长', 'the array is too long'],
  badAddress: ['单元格地址不正确', 'not a cell address'],
  badPattern: ['正则表达式不正确：{problem}', 'not a regular expression: {problem}'],
  cellExpected: ['这里应当是单元格名称', 'the name of a cell is expected here'],
  columnHidden: ['列“{name}”对你隐藏', 'the column {name} is hidden from you'],
  constantExpected: ['{name} 的这个参数必须是常数', 'this argument of {name} must be a constant'],
  coordinateUnknownHere: [
    '此单元格不在 {name} 之下，坐标取不到值',
    'this cell does not lie under {name}, so the coordinate finds nothing',
  ],
  cycle: ['父格互相依赖，成了循环', 'these cells are parents of each other'],
  dateExpected: ['第 {position} 个参数应当是日期', 'argument {position} should be a date'],
  dateOrder: ['结束日期早于开始日期', 'the end lies before the start'],
  dateRange: ['日期超出范围', 'the date is out of range'],
  differentLengths: ['两个数组长度不同（{left} 与 {right}）', 'arrays of different lengths ({left} and {right})'],
  divisionByZero: ['除数为零', 'division by zero'],
  expansionCycle: ['扩展出来的内容依赖于自身', 'what it expands to depends on itself'],
  expected: ['这里缺少 {expected}', '{expected} is missing here'],
  formulaTooLong: [
    '公式超过 Excel 的 8192 个字符，已写入数值',
    'longer than the 8,192 characters of Excel; the value is written',
  ],
  limitExceeded: ['超出上限：{limit} 最多 {most}', 'over the limit: {limit} at most {most}'],
  namesExpected: ['数据集与字段要写成文本', 'dataset and fields are given as text'],
  noBands: ['没有定义区间', 'no bands are defined'],
  noCellsHere: ['此处没有单元格', 'there are no cells here'],
  noClock: ['此处没有当前时间', 'there is no present time here'],
  noEquivalent: ['Excel 中没有对应的公式，已写入数值', 'no equivalent in Excel; the value is written'],
  noInstance: ['引用没有对应的单元格，已写入数值', 'the reference means no cell; the value is written'],
  notOnSheet: [
    '引用的单元格不在工作表上，已写入数值',
    'it refers to cells that are not on the sheet; the value is written',
  ],
  noRealResult: ['没有实数结果', 'there is no real result'],
  notANumber: ['“{text}”不是数字', '“{text}” is not a number'],
  notAncestor: ['{name} 不是此单元格的父格', '{name} is not above this cell'],
  notComparable: ['两个值不能比较大小', 'the two values have no order'],
  notCondition: ['文本不能作为条件', 'text is no condition'],
  notFound: ['没有找到“{text}”', '“{text}” was not found'],
  notNumbers: ['只有数字才能这样计算', 'only numbers can be calculated with'],
  notText: ['这里需要文本', 'text is needed here'],
  numberExpected: ['第 {position} 个参数应当是数字', 'argument {position} should be a number'],
  openText: ['引号没有结束', 'a quotation mark is not closed'],
  othersWithoutTop: ['没有取前几名，“其他”不起作用', 'others has no effect without top'],
  outOfRange: ['第 {position} 个参数超出范围', 'argument {position} is out of range'],
  outsideSheet: [
    '超出模板的范围（{rows} 行，{columns} 列）',
    'outside the template of {rows} rows and {columns} columns',
  ],
  overlap: ['单元格互相重叠', 'the cells overlap'],
  relativeAfterMove: [
    '上一级已经移动，{name} 不能再用相对坐标',
    'a level above has moved, so {name} cannot be relative',
  ],
  rowWithoutDataset: ['不知道 row.{name} 指哪个数据集', 'row.{name} could mean several datasets'],
  severalCells: ['引用了多个单元格，已写入数值', 'the reference means several cells; the value is written'],
  severalRanges: ['引用了多个区域，已写入数值', 'the reference means several ranges; the value is written'],
  strangeCoordinate: ['{name} 不是所引用单元格的父格', '{name} is not above the cell referred to'],
  subBelow: [
    '内嵌子报表只占一行，其他行的单元格不能以它为左父格',
    'an inline sub-report is the parent of cells of its own row only',
  ],
  subColumns: [
    '子报表有 {has} 列，这里占 {needs} 列；内嵌时两者必须相同',
    'the sub-report has {has} columns and its cell {needs}; inline they are the same',
  ],
  subCycle: ['子报表互相包含，成了循环：{chain}', 'sub-reports that contain each other: {chain}'],
  subDepth: ['子报表嵌套超过 {most} 层', 'more than {most} levels of sub-reports'],
  subFailed: ['子报表 {template}：{why}', 'sub-report {template}: {why}'],
  subNoAccess: ['你无权查看报表 {template}', 'you may not see the report {template}'],
  subNotGiven: ['这里没有子报表 {template}', 'the sub-report {template} is not given here'],
  subParameterMissing: [
    '子报表 {template} 缺少必填参数 {name}',
    'the sub-report {template} needs the parameter {name}',
  ],
  subParameterUnknown: ['子报表 {template} 没有参数 {name}', 'the sub-report {template} has no parameter {name}'],
  subPosition: [
    '参数 {name} 不能用行号、列号或页码：子报表的行数要先知道',
    'the parameter {name} cannot ask for rows, columns or pages: they follow from the sub-report',
  ],
  subRows: ['内嵌子报表占一行，向下扩展', 'an inline sub-report stands in one row and expands down'],
  subUnknown: ['没有报表 {template}，或你无权查看', 'there is no report {template}, or you may not see it'],
  summaryExpands: ['汇总不会扩展', 'a summary does not expand'],
  syntax: ['公式写法不正确：{text}', 'the formula cannot be read: {text}'],
  textTooLong: ['文本过长', 'the text is too long'],
  tierAhead: ['要用到列表下方或全部行才知道的值', 'needs what is known only after all rows'],
  tierAllRows: ['不只看本组的行，要看全部行', 'looks at all rows, not at those of its group'],
  tierArray: ['按公式的结果扩展', 'grows by the result of an expression'],
  tierBands: ['按区间分组要收集全部行', 'bands gather rows from everywhere'],
  tierBand: ['列表里的行要在每页重复', 'a row of the list is repeated on pages'],
  tierBeside: ['站在列表旁边，随列表一起变高', 'stands beside the list and grows with it'],
  tierBreaks: ['条件会取消别处的分页', 'a condition takes back page breaks'],
  tierChosenRows: [
    '列表自己要筛选、排序、取前几名或补空行',
    'the list itself is filtered, sorted, cut to the top or padded',
  ],
  tierColumns: ['条件会改变整列', 'a condition changes whole columns'],
  tierDrawn: ['有图表、图片、条码或子报表', 'there is a chart, a picture, a barcode or a sub-report'],
  tierExpandsRight: ['向右扩展，列数要看全部行', 'grows to the right: the columns depend on all rows'],
  tierFreeze: ['冻结的行伸进了列表', 'the frozen rows reach into the list'],
  tierLiveSum: ['累计写成 Excel 公式', 'a running total is kept as a formula of Excel'],
  tierLookup: ['要在数据集中查找', 'looks something up in a dataset'],
  tierLooksAround: ['要看同一列表的其他行', 'looks at other rows of the same list'],
  tierNoList: ['没有向下扩展的列表', 'there is no list that grows downwards'],
  tierOnePage: ['一页可能有全部的行', 'one page may hold all rows'],
  tierPageBand: ['每页都要印，却要等全部行才知道', 'is printed on pages before it is known, which is after all rows'],
  tierPages: ['值随页而变', 'its value depends on the page'],
  tierSeveralDatasets: ['用到另一个数据集', 'uses another dataset'],
  tierSeveralLists: ['有几个互不从属的列表', 'there are several lists that do not lie in one another'],
  tierTail: [
    '列表下方只能用合计、平均、个数、最大、最小来汇总列表',
    'below the list only its sum, average, count, largest and smallest value are known',
  ],
  tooDeep: ['嵌套过深', 'nested too deeply'],
  tooLong: ['公式过长', 'the formula is too long'],
  tooManyArguments: [
    '参数超过 Excel 的 255 个，已写入数值',
    'more than the 255 arguments of Excel; the value is written',
  ],
  tooManyDigits: ['数字位数过多', 'the number has too many digits'],
  twice: ['同一地址定义了两次', 'this address is defined twice'],
  unexpected: ['这里不应出现“{found}”', '“{found}” is not expected here'],
  unfinished: ['公式没有写完', 'the formula is not finished'],
  unknownCell: ['没有单元格 {name}', 'there is no cell {name}'],
  unknownDataset: ['没有数据集 {name}', 'there is no dataset {name}'],
  unknownDictionary: ['没有数据字典 {name}', 'there is no dictionary {name}'],
  unknownField: ['没有字段 {name}', 'there is no field {name}'],
  unknownFunction: ['没有函数 {name}', 'there is no function {name}'],
  unknownLookup: ['没有可查的数据集或字段：{name}', 'there is nothing to look up: {name}'],
  unknownParent: ['没有父格 {parent}', 'there is no cell {parent} to be the parent'],
  unknownPeriod: ['不认识周期“{name}”', '“{name}” is no period'],
  unknownWord: ['不认识“{found}”', '“{found}” is not known'],
  unsafeLink: ['不允许这样的链接：{text}', 'links such as {text} are not allowed'],
  valueCycle: ['计算依赖于自身的值', 'the value depends on itself'],
  whereNamesStranger: [
    '条件里只能引用父格，{name} 不是',
    'a condition on rows may name cells above only, {name} is not',
  ],
}

/** Keys that have a text. */
export const MESSAGE_KEYS: readonly string[] = Object.keys(MESSAGES)

/** The text of a key; the key itself if there is none. */
export function messageText(
  key: string,
  language: MessageLanguage,
  details: Readonly<Record<string, string>> = {},
): string {
  const texts = MESSAGES[key]
  if (texts === undefined) return key
  const text = language === 'zh-CN' ? texts[0] : texts[1]
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => details[name] ?? whole)
}

/** `B3, A2: …` in the reader's language; of a formula that cannot be read also why. */
export function findingText(finding: Finding, language: MessageLanguage): string {
  const { problem } = finding.details ?? {}
  const why = problem === undefined ? '' : ` (${messageText(problem, language, finding.details)})`
  return `${finding.cells.join(', ')}: ${messageText(finding.key, language, finding.details)}${why}`
}
