import * as xlsx from '@e965/xlsx'

type Cell = string | number

export interface Workbook {
  file: string
  title: string
  sheets: { name: string; rows: Cell[][] }[]
}

export function writeWorkbook({ title, sheets }: Workbook): Buffer {
  const book = xlsx.utils.book_new()
  book.Props = { Title: title, CreatedDate: new Date('2026-03-02T08:00:00Z') }
  for (const { name, rows } of sheets) xlsx.utils.book_append_sheet(book, xlsx.utils.aoa_to_sheet(rows), name)
  return xlsx.write(book, { type: 'buffer', bookType: 'xlsx', compression: true }) as Buffer
}

const months = ['1月', '2月', '3月', '4月', '5月', '6月', '7月', '8月', '9月', '10月', '11月', '12月']
const plantOne = [258, 212, 247, 238, 243, 255, 280, 283, 251, 234, 238, 241]
const plantTwo = [144, 119, 138, 134, 137, 143, 156, 158, 141, 131, 133, 136]
const solar = [24.1, 22.6, 34.3, 51.2, 60.4, 62.4, 68.4, 66.9, 65.7, 52.3, 41.0, 33.7]

const sum = (values: number[]) => Math.round(values.reduce((total, value) => total + value, 0) * 10) / 10

export const workbooks: Workbook[] = [
  {
    file: '2025年能源台账.xlsx',
    title: '2025年能源台账',
    sheets: [
      {
        name: '月度用电',
        rows: [
          ['月份', '一号工厂（万千瓦时）', '二号工厂（万千瓦时）', '合计（万千瓦时）', '备注'],
          ...months.map((month, index): Cell[] => [
            month,
            plantOne[index]!,
            plantTwo[index]!,
            plantOne[index]! + plantTwo[index]!,
            index === 1 ? '春节停产检修11天' : index === 7 ? '高温，冷水机组满负荷' : '',
          ]),
          ['合计', sum(plantOne), sum(plantTwo), sum(plantOne) + sum(plantTwo), ''],
        ],
      },
      {
        name: '光伏发电',
        rows: [
          ['月份', '发电量（万千瓦时）'],
          ...months.map((month, index): Cell[] => [month, solar[index]!]),
          ['合计', sum(solar)],
        ],
      },
      {
        name: '重点用能设备',
        rows: [
          ['设备编号', '设备名称', '车间', '额定功率（千瓦）', '2025年用电（万千瓦时）', '上次能效测试'],
          ['KYJ-01', '螺杆空压机', '一号工厂空压站', 250, 168, '2025-03-20'],
          ['KYJ-02', '螺杆空压机', '一号工厂空压站', 250, 151, '2025-03-20'],
          ['KYJ-03', '离心空压机', '二号工厂空压站', 400, 236, '2025-05-14'],
          ['LSJ-01', '离心冷水机组', '一号工厂动力站', 620, 311, '2025-06-05'],
          ['LSJ-02', '螺杆冷水机组', '二号工厂动力站', 380, 174, '2025-06-06'],
          ['TBX-02', '二号涂布线', '一号工厂涂布车间', 540, 402, '2025-09-18'],
          ['XHB-05', '循环水泵', '二号工厂循环水站', 132, 97, '2025-04-22'],
        ],
      },
    ],
  },
  {
    file: '供应商碳数据.xlsx',
    title: '主要供应商碳数据（2025年）',
    sheets: [
      {
        name: '供应商',
        rows: [
          ['供应商', '材料', '采购量（吨）', '排放强度（吨/吨）', '排放量（吨二氧化碳当量）', '数据类型'],
          ['宁川石化有限公司', '环氧树脂', 8600, 2.15, 18490, '实测'],
          ['海屿化工有限公司', '固化剂', 1450, 3.1, 4495, '实测'],
          ['南桥薄膜材料厂', '聚酯基膜', 5200, 1.72, 8944, '实测'],
          ['澜州顺和纸业', '离型纸', 1900, 1.05, 1995, '行业平均'],
          ['晋原炭黑有限公司', '炭黑', 620, 2.4, 1488, '行业平均'],
          ['其他供应商', '辅料', 1210, 2.634, 3188, '行业平均'],
        ],
      },
    ],
  },
]
