import type { Language } from './language.ts'

const zh = `云端网关的命令行：登记碳盒，查看用量，操作正在运行的网关。

用法
  tanbox-gateway enrol [--label 名称] [--expires 24h] [--url 网址]
       [--tokens-per-minute 数] [--tokens-per-day 数] [--streams 数]
                              生成一次性登记码，并给出要在碳盒上执行的命令；
                              网址默认取 TANBOX_GATEWAY_PUBLIC_URL，否则按本机设置推测
  tanbox-gateway boxes        已登记的碳盒
  tanbox-gateway revoke 碳盒 [--yes]
                              吊销：5 秒内断开，编号和密钥永远作废；用新的登记码可作为新碳盒回来
  tanbox-gateway quota 碳盒 [--tokens-per-minute 数|none] [--tokens-per-day 数|none] [--streams 数]
                              查看或更改额度
  tanbox-gateway usage [--box 碳盒] [--from 日期] [--to 日期] [--by box|day] [--csv]
                              用量：精确与估算的 tokens、费用、能耗
  tanbox-gateway models       正在运行的网关所用的模型
  tanbox-gateway status       正在运行的网关的状态
  tanbox-gateway drain        不再接受新的提问，让进行中的回答写完
  tanbox-gateway config       现行设置及其来源

选项
  --json              标准输出只有一个 JSON 文档
  --data 文件夹       网关数据文件夹（默认 TANBOX_GATEWAY_DATA，否则 TANBOX_DATA/gateway，否则 ./data/gateway；
                      安装在 /opt/tanbox 时，默认用服务的数据，设置取自 /etc/tanbox/gateway.env，需 sudo）
  --lang zh|en        界面语言
  -y, --yes           revoke：不再询问（吊销不能撤回）
  -h, --help          本说明
  -v, --version       版本
以 root 运行时，命令以数据文件夹所有者的身份工作。

退出码
  0 完成   1 被拒绝或失败   2 用法错误   3 网关或账户数据不可达   4 没有这台碳盒   130 被中断
`

const en = `The cloud gateway on the command line: lets boxes in, shows usage, operates the running gateway.

Usage
  tanbox-gateway enrol [--label TEXT] [--expires 24h] [--url ADDRESS]
       [--tokens-per-minute N] [--tokens-per-day N] [--streams N]
                              makes a single-use code, and says what to type on the box; the address is that of
                              TANBOX_GATEWAY_PUBLIC_URL, else guessed from the settings
  tanbox-gateway boxes        boxes that are enrolled
  tanbox-gateway revoke BOX [--yes]
                              shuts a box out within 5 seconds; its id and key never come back, the machine
                              may with a new code, as a new box
  tanbox-gateway quota BOX [--tokens-per-minute N|none] [--tokens-per-day N|none] [--streams N]
                              shows or changes the quota
  tanbox-gateway usage [--box BOX] [--from DAY] [--to DAY] [--by box|day] [--csv]
                              tokens (exact and estimated), cost, energy
  tanbox-gateway models       models of the running gateway
  tanbox-gateway status       how the running gateway is
  tanbox-gateway drain        takes no new questions and finishes the running ones
  tanbox-gateway config       settings in force, and where each comes from

Options
  --json              exactly one JSON document on standard output
  --data FOLDER       data folder of the gateway (default: TANBOX_GATEWAY_DATA, else TANBOX_DATA/gateway, else
                      ./data/gateway; installed in /opt/tanbox: the service's, with the settings in
                      /etc/tanbox/gateway.env, for which sudo is needed)
  --lang zh|en        language of the messages (default: by LC_ALL, LANG)
  -y, --yes           revoke: do not ask (it cannot be undone)
  -h, --help          this text
  -v, --version       the version
Run as root, a command works as the owner of the data folder.

Exit status
  0 done   1 refused, or it failed   2 wrong usage   3 the gateway or its accounts cannot be reached
  4 there is no such box   130 interrupted
`

export const help: Record<Language, string> = { zh, en }
