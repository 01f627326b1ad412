import type { Language } from './language.ts'

const zh = `账本命令行：操作正在运行的账本节点；离线核对账本与收据。

用法
  tanbox-ledger init                        建立账本与密钥（节点首次启动时也会自动建立）
  tanbox-ledger status                      节点、见证、对端的状态
  tanbox-ledger append 类型 --commitment 承诺   写入一条；或 --content 文件（JSON）当场作承诺
  tanbox-ledger prove 序号|承诺 [--out 文件]    取收据（tlog-proof）；--state 只看状态；--bundle 含条目、盐与内容
  tanbox-ledger verify                      让节点重读并核对整个账本
  tanbox-ledger verify 文件夹|网址|收据 --key 公钥 [--policy 文件] [--any]   离线核对
  tanbox-ledger verify --page 文件            写出网页，可在任何浏览器中离线核对收据
  tanbox-ledger sync                        与每个对端同步一轮
  tanbox-ledger peers [list|card|add|remove|pause|resume|discover]
       peers card                           本机名片：JSON 与二维码
       peers add 文件|-|文本 [--yes]         显示指纹，确认后添加
       peers add --found 名称 --fingerprint 指纹
  tanbox-ledger witness [list|add 公钥|remove 账本]   本机见证的账本
  tanbox-ledger export 文件夹 [--from-folder 数据文件夹|网址 [--key 公钥]]   导出为静态文件（tlog-tiles）
  tanbox-ledger fork-check 文件 --key 公钥    核对分叉证明；不带文件则列出已知分叉
  tanbox-ledger policy                      现行的见证策略（tlog-policy）
  tanbox-ledger admin-key make 文件|set 公钥|sign 声明 --with 文件   管理员密钥
  tanbox-ledger successor [--reason 原因] [--generation 数] [--statement 文件] [--yes]   以新的账本接替

选项
  --json              标准输出只有一个 JSON 文档
  --data 文件夹       账本数据文件夹（默认 TANBOX_LEDGER_DATA，否则 TANBOX_DATA/ledger，否则 ./data/ledger）
  --url 网址          节点地址（默认由数据文件夹得知）
  --lang zh|en        界面语言
  -y, --yes           不再询问
  -h, --help          本说明
  -v, --version       版本

退出码
  0 完成   1 核对不成立，或节点拒绝   2 用法错误   3 节点或地址不可达   4 没有，或尚未有   130 被中断
`

const en = `The ledger on the command line: operates the running ledger node, and checks logs and receipts offline.

Usage
  tanbox-ledger init                        make log and keys (the node's first start does it as well)
  tanbox-ledger status                      how node, witnesses and peers are
  tanbox-ledger append TYPE --commitment HEX    append an entry; or --content FILE (JSON) to commit to it here
  tanbox-ledger prove SEQ|COMMITMENT [--out FILE]   the receipt (tlog-proof); --state: only how far the entry has
                                            come; --bundle: with entry, and with --salt and --content, in one file
  tanbox-ledger verify                      have the node read and check its whole log again
  tanbox-ledger verify FOLDER|URL|RECEIPT --key VKEY [--policy FILE] [--any]
                                            offline: an exported folder, anybody's log, a receipt from --bundle
  tanbox-ledger verify --page FILE          write the page that verifies a receipt in any browser, offline
  tanbox-ledger sync                        one round with every peer
  tanbox-ledger peers [list|card|add|remove|pause|resume|discover]
       peers card                           this box's card: JSON, and a QR code
       peers add FILE|-|TEXT [--yes]        shows the fingerprint, asks, adds
       peers add --found NAME --fingerprint TEXT
       peers remove|pause|resume ID|NAME
  tanbox-ledger witness [list|add VKEY|remove ORIGIN]   logs that this box witnesses
  tanbox-ledger export FOLDER [--from-folder DATA|URL [--key VKEY]]
                                            static files (tlog-tiles); of this box's log where nothing is said
  tanbox-ledger fork-check FILE --key VKEY  check a fork proof; without a file: list the forks that are known
  tanbox-ledger policy                      the witness policy in force (tlog-policy)
  tanbox-ledger admin-key make FILE|set VKEY|sign STATEMENT --with FILE   keys of administrators
  tanbox-ledger successor [--reason TEXT] [--generation NUMBER] [--statement FILE] [--yes]
                                            go on with a new log id

Options
  --json              exactly one JSON document on standard output
  --data FOLDER       data folder of the log (default: TANBOX_LEDGER_DATA, else TANBOX_DATA/ledger, else ./data/ledger)
  --url URL           address of the node (default: found by the data folder)
  --lang zh|en        language of the messages (default: by LC_ALL, LANG)
  -y, --yes           do not ask
  -h, --help          this text
  -v, --version       the version
VKEY is a verifier key as C2SP signed-note writes it, or a file that holds one.

Exit status
  0 done   1 checked and found false, or refused by the node   2 wrong usage   3 nothing answers there
  4 there is none, or not yet   130 interrupted
`

export const help: Record<Language, string> = { zh, en }
