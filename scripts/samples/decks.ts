import type { Slide } from './slides.ts'

export const decks: { file: string; title: string; slides: Slide[] }[] = [
  {
    file: '空压站余热回收项目汇报.pptx',
    title: '空压站余热回收项目汇报',
    slides: [
      { title: '空压站余热回收项目汇报', lines: ['能源与碳管理部　贺知远', '2025年11月'] },
      {
        title: '为什么做',
        lines: [
          '空压机输入功率的约75%变成热量，原先由冷却塔排走',
          '一号工厂冬季采暖和涂布线预热每年用天然气约190万立方米',
          '两台250千瓦螺杆空压机全年运行约6,900小时',
        ],
        notes: '改造前测得冷却水出口温度68摄氏度，足以供给采暖和预热。',
      },
      {
        title: '方案比较',
        table: [
          ['方案', '投资（万元）', '年节气（万立方米）', '回收期（年）'],
          ['A 板式换热器加蓄热水箱', '182', '26', '2.0'],
          ['B 吸收式热泵', '415', '34', '3.5'],
          ['C 只供生活热水', '64', '7', '2.6'],
        ],
        notes: '委员会选择方案A，因为热泵需要停产改造14天。',
      },
      {
        title: '实施过程',
        lines: ['2025年3月3日开工，5月16日投运', '施工期间停产2天', '总投资182万元，未超预算'],
      },
      {
        title: '效果',
        lines: [
          '投运至今年折算节约天然气26万立方米，减排562吨二氧化碳',
          '按天然气价格3.45元/立方米计算，年节约89.7万元',
          '蓄热水箱容积60立方米，可保证涂布线预热3小时',
        ],
        notes: '第三方节能量审核由澜州节能中心完成，审核日期为2025年10月28日。',
      },
      {
        title: '下一步',
        lines: [
          '二号工厂400千瓦离心空压机：2026年二季度做可行性研究',
          '把余热接入研发楼采暖，预计再节约天然气5万立方米',
        ],
      },
    ],
  },
  {
    file: 'Energy-Review-Q3-2025.pptx',
    title: 'Energy Review Q3 2025',
    slides: [
      {
        title: 'Energy Review Q3 2025',
        lines: [
          'Yunze Advanced Materials',
          'Prepared by Lin Wanqing for the carbon committee, 17 October 2025',
        ],
      },
      {
        title: 'Electricity',
        table: [
          ['Month', 'Plant 1 (MWh)', 'Plant 2 (MWh)', 'Total (MWh)'],
          ['July', '2,800', '1,560', '4,360'],
          ['August', '2,830', '1,580', '4,410'],
          ['September', '2,510', '1,410', '3,920'],
        ],
        notes: 'August was the highest month of the year: 19 days above 35 degrees Celsius.',
      },
      {
        title: 'What went wrong',
        lines: [
          'Chiller LSJ-01 ran with a fouled condenser for 23 days in July',
          'Extra consumption: about 41 MWh, or 28,000 yuan',
          'Cause: the quarterly cleaning on 30 June was postponed and nobody was told',
          'Action: cleaning dates are now in the maintenance system and block the work order',
        ],
      },
      {
        title: 'Decisions asked for',
        lines: [
          'Approve 640,000 yuan for sub-meters on 18 remaining switchboards',
          'Move the night shift of coating line 2 to start at 23:00, when the off-peak tariff of 0.34 yuan per kWh begins',
        ],
        notes: 'Both were approved at the meeting; the sub-meters have to be in place by 31 March 2026.',
      },
    ],
  },
]
