/**
 * English -> Chinese words of energy, carbon, environment, policy, administration and office affairs, for the word
 * search of English questions over Chinese documents. One entry a line: English forms divided by `|`, a colon, the
 * Chinese words that official texts use, the most usual first. Our own compilation.
 */
export const glossaryTable = `
carbon peak|peak carbon|carbon peaking|peak emission: 碳达峰 达峰
carbon neutrality|carbon neutral|net zero|climate neutral: 碳中和
dual carbon|double carbon: 双碳 碳达峰碳中和
carbon emission|co2 emission|carbon dioxide emission: 碳排放 二氧化碳排放
greenhouse gas|ghg: 温室气体
carbon dioxide|co2: 二氧化碳
carbon market|emission trading|emission trading scheme|ets|carbon trading|cap and trade: 碳市场 碳排放权交易 碳交易
allowance|emission allowance|carbon allowance|emission quota|carbon quota: 配额 碳排放配额
free allocation|free allowance: 免费配额 免费分配
allocation|allocate: 分配 配额分配 发放
auction|auctioning: 拍卖 有偿竞价 有偿分配 竞价
benchmark|benchmark value|baseline: 基准值 标杆 基准线 基准
compliance|surrender|surrender obligation: 清缴 履约
compliance period: 履约期 履约年度
offset|carbon offset|offsetting: 抵销 抵消
carbon credit|emission reduction credit: 碳信用 减排量
certified emission reduction|ccer|voluntary emission reduction: 核证自愿减排量 自愿减排 CCER
verification|verify|verifier|verification body|verification agency|verification firm: 核查 核查机构 第三方机构
third party|third-party: 第三方
auditor|certifier|certification body: 审核机构 认证机构 核查机构 核证
audit: 审计 审核 核查
accounting|carbon accounting: 核算 碳核算
accounting method|methodology: 核算方法 方法学
monitoring: 监测
monitoring plan: 监测计划 数据质量控制计划
report|reporting|disclosure|disclose: 报告 报送 披露
reporting deadline|deadline|due date|time limit: 截止 期限 工作日内 日前
environmental information disclosure|environmental disclosure: 环境信息依法披露 环境信息公开
carbon inventory|emission inventory|inventory: 清单 碳盘查 排放清单
carbon footprint: 碳足迹
carbon label: 碳标签
carbon sink|carbon sequestration|sequestration|carbon removal: 碳汇 固碳
blue carbon|marine carbon sink|ocean carbon: 蓝碳 海洋碳汇
forest carbon sink|forestry carbon|forestry carbon sink: 林业碳汇 林业
carbon ticket|forest carbon ticket|carbon certificate: 碳票
carbon stock|carbon storage: 碳储量 储碳
carbon content: 含碳率 碳含量
carbon intensity|emission intensity: 碳强度 碳排放强度 单位产值
energy intensity: 能耗强度 能源消费强度
total energy consumption|energy consumption cap: 能源消费总量 能耗总量
dual control|dual controls: 双控
energy consumption|energy use|energy usage|consume energy: 能源消费 能耗 用能
energy saving|energy conservation|save energy: 节能 节约能源
energy efficiency|efficient: 能效 能源效率 高效
energy efficiency label|energy label: 能效标识
energy management: 能源管理
energy manager|energy management officer|person in charge of energy: 能源管理负责人 能源管理人员
energy management system: 能源管理体系
energy audit: 能源审计
energy performance contracting|esco|energy service company: 合同能源管理 节能服务公司
energy trust|energy custody|entrusted energy management: 用能托管 能源托管
energy review|energy conservation review|energy assessment: 节能审查 节能评估
energy quota|energy-use quota|energy use right|energy use quota|energy consumption permit: 用能权 用能权指标 用能指标
energy storage|new energy storage: 储能 新型储能
pumped storage|pumped hydro: 抽水蓄能
energy supervision|energy inspection: 节能监察
key energy user|key energy consumer|key energy-using unit|major energy user: 重点用能单位
key emitter|key emission unit|key emitting entity: 重点排放单位
covered entity|covered enterprise|participating enterprise: 纳入企业 控排企业
renewable energy|renewable|renewables: 可再生能源
new energy: 新能源
clean energy: 清洁能源
non-fossil energy|non-fossil fuel|nonfossil: 非化石能源
fossil fuel|fossil energy: 化石能源 化石燃料
solar|photovoltaic|pv|solar panel|solar power: 光伏 太阳能 光伏发电
distributed photovoltaic|distributed solar|rooftop solar|rooftop: 分布式光伏 屋顶
wind|wind power|wind energy: 风电 风力发电 风能
offshore wind: 海上风电
hydropower|hydro|hydroelectric: 水电
nuclear|nuclear power: 核电
biomass: 生物质
geothermal: 地热
hydrogen|hydrogen energy: 氢能 氢
fuel cell: 燃料电池
coal: 煤炭 煤
standard coal|coal equivalent|tce|kgce|tonne of coal equivalent: 标准煤 千克标准煤 吨标准煤
coal power|coal-fired|coal-fired power|coal plant|coal unit|coal power unit: 煤电 燃煤 煤电机组
thermal power|power plant|power station: 火电 发电厂 电厂
supercritical: 超临界
ultra-supercritical: 超超临界
subcritical: 亚临界
circulating fluidized bed: 循环流化床
generating unit|power unit|generator: 机组 发电机组
shut down|shutdown|shut-down|phase out|closure|retire: 关停 淘汰 停运 淘汰关停
emergency backup|standby|backup: 应急备用 备用
peak shaving|peak regulation|load following: 调峰
flexibility retrofit|flexibility: 灵活性改造 灵活性
retrofit|renovation|upgrade|upgrading|transformation|revamp: 改造 升级 技术改造
heat supply|heating|district heating: 供热 供暖 采暖
cogeneration|combined heat and power|chp: 热电联产
natural gas|gas-fired: 天然气 燃气
oil|petroleum: 石油 原油
refinery|refining|crude oil processing: 炼油 原油加工 炼化
electricity|power: 电力 用电 供电
electricity supply|power supply: 供电
electricity consumption|power consumption: 用电量 电耗
electricity price|power tariff|tariff|electricity tariff: 电价
time-of-use|peak-valley: 分时 峰谷
green power|green electricity: 绿电 绿色电力
green certificate|green electricity certificate|renewable energy certificate: 绿证 绿色电力证书
grid|power grid: 电网
grid-connected|grid connection|connect to the grid: 并网
installed capacity|capacity: 装机容量 装机 容量
peak load|maximum load|maximum demand|maximum electricity demand|peak demand: 最大用电负荷 最大负荷 负荷
load: 负荷
demand response|demand side: 需求响应 需求侧
smart grid|microgrid: 智能电网 微电网
virtual power plant: 虚拟电厂
charging pile|charging station|ev charger|charging facility|charger: 充电桩 充电设施
electric vehicle|ev|new energy vehicle|nev: 电动汽车 新能源汽车
battery swap|battery: 换电 电池
meter|electricity meter|metering: 电能表 计量 电表
measuring instrument|measuring device|metering device: 计量器具
calibration|verification of instrument: 检定 校准
kilowatt|kw: 千瓦
megawatt|mw: 兆瓦 万千瓦
gigawatt|gw: 吉瓦 万千瓦
kilowatt-hour|kwh: 千瓦时
tonne|ton|metric ton: 吨
kilogram|kg: 千克 公斤
motor|electric motor: 电机 电动机
pump|water pump: 水泵
fan|blower: 风机
compressor|air compressor: 压缩机 空压机
transformer: 变压器
boiler|industrial boiler: 锅炉
kiln|furnace: 窑炉 炉
waste heat|heat recovery|waste heat recovery: 余热 余压
heat pump: 热泵
air conditioning|air conditioner: 空调
lighting|lamp|led: 照明 灯具
data center|data centre|datacenter|computing center: 数据中心
pue|power usage effectiveness: PUE 电能利用效率
5g|base station: 基站
industry|industrial: 工业 产业
industrial park|park|industrial zone: 园区 工业园区 产业园区
development zone: 开发区
free trade zone|free trade pilot zone: 自由贸易试验区 自贸试验区 自贸区
new area|new district: 新区
enterprise|company|firm|business|corporation: 企业 公司
state-owned enterprise|soe: 国有企业
listed company|listed firm|public company: 上市公司
small and medium enterprise|sme: 中小企业
factory|plant|manufacturer|producer|mill: 工厂 厂 生产企业
manufacturing|manufacture: 制造业 制造
green factory: 绿色工厂
green supply chain|supply chain: 绿色供应链 供应链
green design|green product|eco-design: 绿色产品 绿色设计
green manufacturing: 绿色制造
steel|iron and steel|steelmaking: 钢铁 炼钢
cement|clinker: 水泥 熟料
glass|flat glass: 玻璃 平板玻璃
photovoltaic glass|solar glass: 光伏玻璃
automotive glass|car glass: 汽车玻璃
aluminium|aluminum|electrolytic aluminium|smelter|aluminum smelter: 铝 电解铝
copper|copper smelting: 铜 铜冶炼
ferroalloy: 铁合金
nonferrous|non-ferrous metal: 有色金属 有色
ammonia|synthetic ammonia: 合成氨
petrochemical: 石化
chemical|chemical industry: 化工 化学
coal chemical: 煤化工
coking|coke: 焦化 焦炭
paper|papermaking|pulp: 造纸 纸浆
textile|garment|clothing|clothes|apparel: 纺织品 纺织 服装 衣物
waste textile|used clothing|used textile|old clothes|textile recycling|garment recycling: 废旧纺织品 旧衣
uniform|school uniform: 制式服装 校服
building material: 建材
green building material: 绿色建材
ceramic: 陶瓷
plastic|plastics: 塑料 塑料制品
plastic bag: 塑料袋
packaging|package: 包装
express delivery|courier|parcel: 快递
recycling|recycle|reuse|recycled: 循环利用 回收 再利用 再生
recycling rate|utilisation rate|utilization rate: 循环利用率 利用率 综合利用率
circular economy: 循环经济
remanufacturing: 再制造
scrap|scrapping|scrapped: 报废 废旧
solid waste: 固体废物 固废
hazardous waste: 危险废物
household waste|domestic waste|garbage|waste sorting|waste classification: 生活垃圾 垃圾分类
food waste|kitchen waste: 厨余垃圾 餐厨
wastewater|sewage|effluent: 污水 废水
waste gas|exhaust gas|flue gas: 废气 烟气
pollutant|pollution: 污染物 污染
air pollution|air pollutant|air quality: 大气污染 大气污染物 空气质量
water pollution: 水污染
soil|soil pollution: 土壤 土壤污染
noise: 噪声
dust|particulate: 颗粒物 粉尘 扬尘
voc|vocs|volatile organic compound: 挥发性有机物 VOCs
nitrogen oxide|nox: 氮氧化物 NOx
sulphur dioxide|sulfur dioxide|so2: 二氧化硫
methane: 甲烷
ozone: 臭氧
pollutant discharge permit|discharge permit|emission permit|pollution permit|pollutant permit: 排污许可证 排污许可
discharge|discharge of pollutant|emit|emission: 排放 排污
pollution discharge: 排污
emission standard|discharge standard|emission limit|discharge limit: 排放标准 排放限值
emission factor: 排放因子 排放系数
emission reduction|reduce emission|abatement|cut emission: 减排 减排量 降碳
ultra-low emission: 超低排放
environmental protection tax|environmental tax|environment tax|green tax|pollution tax: 环境保护税 环保税
tax: 税 税款 税收
tax authority|tax office|tax bureau: 税务机关
tax return|file tax|tax filing|file the tax|declaration|declare: 纳税申报 申报
taxpayer: 纳税人
tax rate: 税率 税额
tax relief|tax reduction|tax exemption|exempt|exemption: 减征 免征 减免 免予
quarter|quarterly: 季度 按季
month|monthly: 月 按月
annual|yearly|per year|each year: 年度 每年
working day|business day: 工作日
day: 日 日内
environmental impact assessment|eia: 环境影响评价 环评
environmental protection|environment: 环境保护 生态环境 环境
ecological environment|ecology and environment: 生态环境
ecological: 生态
ecological compensation: 生态补偿 生态保护补偿
biodiversity: 生物多样性
climate|climate change: 气候变化 气候
climate finance|climate investment|climate investment and financing: 气候投融资
adaptation: 适应气候变化 适应
green finance: 绿色金融
green credit|green loan: 绿色信贷 绿色贷款
green bond|bond: 绿色债券 债券
loan|lending: 贷款
pledge|collateral|mortgage: 质押 抵押
insurance|insurer: 保险
fund|special fund|funding: 资金 专项资金 基金
investment|invest: 投资 投资额
financing: 融资
interest subsidy|discounted interest: 贴息
bank|financial institution: 银行 金融机构
subsidy|subsidise|subsidize|grant: 补贴 补助 扶持 资助
reward|bonus|award|incentive|prize: 奖励 奖金
support|supported|assistance: 扶持 支持
rebate|refund|reimburse|reimbursement: 返还 补贴 报销
price|market price: 价格 市场价格
average price|average closing price|closing price: 平均价格 平均收盘价 收盘价
reference price: 参考价格 参考
floor price|ceiling price: 底价 最高价
pricing: 定价
fee|charge|cost|expense: 费用 收费 成本
payment|pay: 支付 缴纳 缴费
budget: 预算
revenue|income: 收入 收益
transaction|trading day|trade|trading: 交易 交易日
buyer|purchaser|purchase|buy|procurement|procure: 购买 采购 买方
seller|sell|sale: 销售 卖方 出售
government procurement|green procurement|green purchasing: 政府采购 绿色采购
transfer|assign: 转让 转移
registration|register|registry: 登记 注册登记
cancellation|cancel|write off: 注销
revoke|revocation|withdraw|withdrawal: 撤销 撤回 吊销
suspension|suspend: 暂停 中止
application|apply|applicant: 申请 申报 申请人
application material|document required|required document|material: 材料 申请材料
form|application form: 申请表 表
submit|submission|filing: 提交 报送 上报
approve|approval|consent|authorise|authorize|authorization: 批准 审批 同意 核准
review|examine|examination|assessment|appraisal|evaluation|evaluate: 审查 审核 评审 评价 评估 考核
preliminary review|initial review|screen|screening: 初步审查 初审 预审
acceptance|acceptance check: 验收
expert|expert review: 专家 专家评审
public notice|publicise|publicize|publicity|announce|announcement|publish: 公示 公告 公布
objection|dispute|appeal|contest|disagree: 异议 复核 申诉 申请复核
reconsideration|administrative review: 行政复议 复议
hearing|public participation: 听证 公众参与
record|filing for record|archive|keep record|retain|retention: 备案 记录 保存 台账
ledger|record book: 台账
retention period|preservation period: 保存期限
rating|score|grade|scoring: 评级 评分 等级 得分
rank|ranking: 排名
excellent|outstanding: 优秀
qualified|pass: 合格 达标
disqualify|unqualified|fail: 不合格 不达标
title|professional title: 职称 称号
medium-level title|intermediate title|intermediate professional title: 中级以上技术职称 中级
qualification|credential: 资质 资格
certificate|certification|certify: 证书 认证
licence|license|permit: 许可证 许可 执照
standard|national standard|industry standard: 标准 国家标准 行业标准
mandatory|compulsory: 强制性 强制
recommended|voluntary: 推荐性 自愿
local standard: 地方标准
regulation|rule|ordinance: 条例 规定 规章
law|legislation|act: 法 法律 法律法规
measure|administrative measure|management measure: 办法 管理办法 措施
implementation plan|action plan|work plan|plan: 实施方案 行动方案 行动计划 工作方案 规划
five-year plan|five-year period: 五年规划
14th five-year|fourteenth five-year|14th fyp: 十四五
13th five-year|thirteenth five-year|13th fyp: 十三五
15th five-year|fifteenth five-year|15th fyp: 十五五
notice|circular: 通知
opinion|guiding opinion|guideline|guidance: 意见 指导意见 指南
draft|draft for comment|consultation: 征求意见稿 草案
trial|pilot|trial implementation: 试点 试行
pilot zone|pilot area|pilot programme|pilot program|pilot city: 试点 试验区 试点地区
pilot county|pilot base|pioneer base: 试点县 先行基地
demonstration|demonstration project|demonstration zone|model project: 示范 示范项目 示范区
target|goal|objective: 目标
strive: 争取 力争
indicator|index|metric: 指标
proportion|share|percentage|ratio|percent|rate: 比例 占比 比重 率
increase|growth|grow|rise|rose: 增长 增加 提高
decrease|decline|reduction|reduce|drop|fall|lower|cut: 下降 降低 减少
total|total amount: 总量 总额 总计
limit|ceiling|cap|maximum|upper limit|at most: 上限 最高 不超过 不高于 控制在
minimum|at least|lower limit|floor: 最低 不低于 不少于 以上
threshold: 门槛 以上 标准
coefficient|factor: 系数 因子
control coefficient: 控制系数
correction coefficient|correction factor|adjustment factor: 修正系数 调整系数
default value|default: 默认值 缺省值 参考值
parameter: 参数
formula|equation|calculate|calculation|compute: 公式 计算 核算
unit product|per unit product|per tonne: 单位产品 每吨
area|floor area: 面积
volume: 体积 容积
density: 密度
dry weight|wet weight: 干重 湿重 干物质
economic value|value: 经济价值 价值
product value: 产品价值
oxygen release: 释氧
purification: 净化
component|constituent|composition|consist: 构成 包括 组成
definition|define|defined: 是指 定义 术语
category|type|class: 类别 类型 种类
scope|boundary|coverage: 范围 边界
condition|requirement|criteria|criterion|eligibility|eligible: 条件 要求 标准
procedure|process|step|workflow: 程序 流程 步骤
responsibility|duty|obligation|responsible: 责任 职责 义务 责任单位
supervision|supervise|oversight|regulator: 监督 监管 监督管理
inspection|inspect|spot check|random check: 检查 抽查 监督检查
enforcement|law enforcement: 执法
violation|violate|breach|illegal|infringement: 违反 违法 违规
penalty|punishment|punish|sanction|consequence: 处罚 法律责任 责任
fine|fined: 罚款
warning|warn: 警告 预警
order to correct|rectify|rectification|correct: 责令改正 整改
confiscate|confiscation|illegal gains: 没收 违法所得
blacklist|dishonesty|credit record|credit system: 黑名单 失信 信用
fraud|falsify|falsification|false data|fabricate|fake: 弄虚作假 虚假 伪造 篡改
conceal|under-report|misreport: 瞒报 虚报 谎报 隐瞒
criminal: 犯罪 刑事责任
government|local government: 政府 人民政府
people's government: 人民政府
provincial government|provincial authority|province|provincial: 省 省级 省人民政府
municipal government|city government|municipality|municipal|city: 市 市级 市人民政府
district|county|district-level: 区 县 区县
national|state|central government|country|nation: 国家 全国 国务院
state council: 国务院
competent authority|competent department|authority|department in charge|department: 主管部门 部门
lead agency|leading unit|take the lead|lead: 牵头 牵头单位
ministry of ecology and environment|mee|environment ministry: 生态环境部
ecology and environment bureau|environmental bureau|environment bureau|environment department: 生态环境局 生态环境主管部门
ndrc|national development and reform commission: 国家发展改革委
development and reform|development and reform commission: 发展改革委 发展改革部门
ministry of industry|miit: 工业和信息化部
industry and information technology: 工业和信息化
ministry of finance|finance bureau|finance department|finance: 财政部 财政局 财政部门 财政
housing and construction|housing: 住房城乡建设 住房和城乡建设
transport bureau|ministry of transport: 交通运输
health commission: 卫生健康委
education bureau|education commission: 教育局 教委
forestry bureau|forestry department|forestry authority: 林业局 林业主管部门
water affairs|water resources: 水务 水利
market regulation|market supervision: 市场监督管理
energy administration|energy bureau: 能源局
public institution|government agency|government office|public sector|public body: 公共机构 机关 国家机关
institution: 机构 单位
social organisation|social organization|industry association|association: 社会组织 行业协会
individual|person|citizen|resident|public: 个人 公民 居民 公众
legal representative: 法定代表人
legal person: 法人
registered capital: 注册资本
shareholder: 股东
employee|staff|personnel|worker: 员工 职工 人员 工作人员
full-time|part-time: 专职 兼职
recruit|hire|hiring|appoint|appointment: 聘任 聘用 任命
training|train: 培训
experience|track record: 经验 业绩
job|position|post: 岗位
hotel|guesthouse: 饭店 酒店 宾馆
green hotel|green restaurant: 绿色饭店
gold leaf|golden leaf|silver leaf: 金叶级 银叶级
star rating|star-rated|star level: 星级
restaurant|catering|canteen: 餐饮 餐厅 食堂
tourism|tourist|scenic spot|scenic area|attraction: 旅游 景区
shopping mall|mall|supermarket|store|retail: 商场 超市 商店 零售
school|campus|university|college: 学校 校园 高校 高等学校
green school|eco-school|eco school|green campus: 绿色学校
hospital|medical institution: 医院 医疗机构
green hospital: 绿色医院
community|neighbourhood|neighborhood: 社区 小区
green community|low-carbon community: 绿色社区 低碳社区
household|family: 家庭 户
office building|office|building: 办公建筑 楼宇 建筑 办公
green building: 绿色建筑
prefabricated|prefabricated building|assembled building: 装配式建筑 装配式
ultra-low energy|passive house|near-zero energy: 超低能耗 近零能耗
public building: 公共建筑
new building|newly built|new construction: 新建 新建建筑
existing building: 既有建筑
completion|completed: 竣工 完成
construction|build: 建设 施工
floor area ratio|plot ratio: 容积率
developer|real estate: 房地产 开发企业
property management|property service: 物业 物业服务
transport|transportation|logistics: 交通运输 运输 物流
public transport|bus|metro|subway: 公共交通 公交 地铁
railway|rail: 铁路
shipping|ship|vessel|port: 船舶 港口 航运
shore power: 岸电
aviation|airport|flight: 航空 机场 民航
truck|freight|heavy-duty vehicle: 货车 货运 重型
vehicle|car|automobile: 车辆 汽车 机动车
business trip|travel|commuting|commute: 出行 差旅 通勤
bicycle|cycling|walking: 自行车 骑行 步行
green travel|low-carbon travel: 绿色出行
green consumption|consumption|consumer: 绿色消费 消费 消费者
green lifestyle|low-carbon lifestyle: 绿色生活 低碳生活
carbon inclusion|carbon inclusive|carbon generalized system|personal carbon|carbon points|carbon point: 碳普惠 积分 碳积分
large event|large-scale event|event|activity: 大型活动 活动
conference|meeting|summit|exhibition: 会议 峰会 展会
afforestation|tree planting|plant tree|reforestation: 造林 植树 新建林业 营造
forest|forestry|woodland|tree: 森林 林业 林木 林地
grassland|prairie: 草原 草地
wetland: 湿地
mangrove: 红树林
seagrass|salt marsh: 海草床 盐沼
sea|ocean|marine: 海洋 海
aquaculture|mariculture|farming: 养殖 海水养殖
shellfish|mollusc|oyster|clam|mussel|scallop: 贝类 牡蛎 蛤 贻贝 扇贝
seaweed|algae|kelp|macroalgae: 藻类 海藻 海带 大型藻类
fishery|fish: 渔业 鱼
agriculture|agricultural|farm|farmer|crop: 农业 农村 农民 作物
rural: 农村 乡村
fertilizer|fertiliser|pesticide: 化肥 农药
livestock|manure|poultry: 畜禽 粪污
straw: 秸秆
water saving|water conservation|water use: 节水 用水
land use|land: 用地 土地
mine|mining: 矿山 采矿 矿
high energy consumption|energy-intensive|high-emission|high emission|two-high project|two highs: 高耗能 高排放 两高
project: 项目
access|market access|entry: 准入
capacity replacement|capacity swap|overcapacity: 产能置换 产能过剩
backward production capacity|outdated capacity|outdated: 落后产能 落后
energy efficiency benchmark|benchmark level|baseline level: 标杆水平 基准水平
leading|front runner|leader|frontrunner: 领跑者
technology|technical|innovation|innovative: 技术 创新
research|r&d|research and development: 研发 科研 研究
ccus|carbon capture|carbon capture and storage|ccs: 碳捕集 碳捕集利用与封存 CCUS
digital|digitalisation|digitalization|information platform|platform: 数字化 平台 信息平台
online monitoring|automatic monitoring|continuous monitoring: 在线监测 自动监测
monitoring data|self-monitoring: 监测数据 自行监测
data quality|data: 数据质量 数据
sampling|sample|laboratory|lab: 取样 采样 样品 实验室
confidential|confidentiality|trade secret: 保密 商业秘密
conflict of interest|independence: 利益冲突 独立
outsource|outsourcing|subcontract|subcontracting: 外包 转包 分包
contract|agreement: 合同 协议
merger|merge|split|demerger|division: 合并 分立
relocation|relocate|move out: 搬迁 迁出
bankrupt|closure of business|cease production|stop production: 破产 停产 关闭
new facility|new production line|new production facility|new capacity: 新增设施 新增生产设施 新增产能
production|output|product: 产量 生产 产品
historical: 历史
reserve|reserved allowance|government reserve: 预留 储备 预留配额
shortage|shortfall|gap|deficit: 缺口 不足
surplus|excess: 盈余 富余 剩余
market|market-based: 市场 市场化
exchange|trading institution|trading venue: 交易机构 交易所 环境交易所
account: 账户
carbon-reduction product|carbon reduction product: 降碳产品
emergency|contingency|emergency response: 应急 应急预案
heavy pollution|heavy pollution weather|smog: 重污染天气 重污染
safety|work safety|accident: 安全 安全生产 事故
change|amendment|alter|modify: 变更 修改 调整
effective date|take effect|enter into force|come into force|effective|valid|validity|valid period: 施行 生效 有效期
interpretation|explain: 解释
annex|appendix|attachment: 附件 附录
publicity week|energy conservation week|low carbon day: 节能宣传周 低碳日
education|awareness|campaign|publicity campaign: 宣传 教育 宣传教育
international|cooperation|belt and road: 国际 合作 一带一路
import|export: 进口 出口
carbon border|cbam: 碳边境 碳关税
esg|sustainability|sustainable: 可持续 ESG
scope 3|value chain: 范围三 价值链
supplier|vendor: 供应商
customer|client|user: 用户 客户
service|service provider: 服务 服务机构
electricity user|power user|power customer: 电力用户 用户
power supply enterprise|utility|power company: 供电企业 电网企业
outage|power cut|blackout|interruption: 停电 中断供电
theft of electricity|steal electricity: 窃电
low-carbon|low carbon: 低碳
zero-carbon|zero carbon|near-zero carbon|near zero carbon: 零碳 近零碳
green|green development: 绿色 绿色发展
green transition|transition: 转型 绿色转型
high-quality development: 高质量发展
economic|economy|gdp: 经济 生产总值
region|regional|local: 区域 地区 地方
urban|city construction|town: 城市 城镇 城乡
used|second-hand|old: 旧 废旧 二手
first|initial|earliest|breakthrough: 首批 率先 突破口 首次
priority|preferential|preference: 优先 优惠
staff canteen|saving food: 食堂 节约粮食
paperless|printing|print: 无纸化 打印
number|quota number|how many: 数量 个数
size|scale: 规模
duration|term|how long|period: 期限 时间 周期
frequency|how often: 频次 每年
beijing-tianjin-hebei|jing-jin-ji: 京津冀
yangtze river delta: 长三角
pearl river delta|greater bay area: 珠三角 粤港澳大湾区
yangtze river|yellow river: 长江 黄河
`
