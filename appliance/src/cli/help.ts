import type { Language } from './language.ts'

const zh = `碳盒命令行：只与正在运行的碳盒通信。

用法
  tanbox ask "问题" [-c]           提问；-c 接着最近一次对话继续问
  tanbox search "词语或问题"       只检索，列出段落及其理由
  tanbox ingest 路径...            上传文件或整个文件夹，等到可以检索
  tanbox status                    运行状态
  tanbox verify                    核对整个账本
  tanbox config                    每个设置的值及其来源
  tanbox gateway                   云端网关：状态、模型、额度、首字用时
  tanbox gateway enrol 地址 --code 登记码 [--name 名称]
                                   用登记码在网关登记这台设备，并写入设置
  tanbox gateway rotate            更换这台设备在网关的密钥

选项
  --json               标准输出只有一个 JSON 文档；进度写到标准错误
  --data 文件夹        数据文件夹（默认 TANBOX_DATA，否则 ./data，否则安装目录下的 data）
  --lang zh|en         界面语言（默认依 LC_ALL、LANG）
  -c, --continue       ask：继续最近一次对话
  --conversation 编号  ask：继续这一次对话
  --type 类型          ask、search：只看这些类型，如 pdf,docx
  --folder 路径        ask、search：只看投放文件夹中的这个目录
  --from, --to 日期    ask、search：文件修改时间的范围，如 2025-01-01
  --limit 数量         search：最多几条（1 至 50，默认 10）
  --no-wait            ingest：上传后不等待读取完成
  --code 登记码        gateway enrol：网关管理员给出的一次性登记码
  --name 名称          gateway enrol：网关的名称（默认取地址中的主机名）
  -h, --help           本说明
  -v, --version        版本

退出码
  0 完成   1 失败（verify：账本有问题）   2 用法错误   3 没有正在运行的碳盒
  4 文档中没有答案，或没有检索结果   5 部分文件未能接收   130 被中断
`

const en = `Tanbox on the command line: talks only to the box that is running.

Usage
  tanbox ask "question" [-c]       ask; -c goes on with the latest conversation
  tanbox search "words"            search only: passages, and why each was found
  tanbox ingest PATH...            upload files or whole folders and wait until they are searchable
  tanbox status                    how the box is
  tanbox verify                    check the whole ledger
  tanbox config                    each setting's value and where it came from
  tanbox gateway                   the cloud gateway: state, models, quota, time to the first word
  tanbox gateway enrol ADDRESS --code CODE [--name NAME]
                                   enrol this box at a gateway by a code, and write the settings
  tanbox gateway rotate            change the key that the gateway knows this box by

Options
  --json               exactly one JSON document on standard output; progress on standard error
  --data FOLDER        data folder (default: TANBOX_DATA, else ./data, else data in the installation)
  --lang zh|en         language of the messages (default: by LC_ALL, LANG)
  -c, --continue       ask: go on with the latest conversation
  --conversation ID    ask: go on with this one
  --type TYPES         ask, search: only these types, as pdf,docx
  --folder PATH        ask, search: only this folder inside the drop folder
  --from, --to DATE    ask, search: bounds on the files' modification time, as 2025-01-01
  --limit NUMBER       search: so many passages at most (1 to 50, default 10)
  --no-wait            ingest: do not wait until the files have been read
  --code CODE          gateway enrol: the single-use code from the gateway's operator
  --name NAME          gateway enrol: the gateway's name (default: the host in its address)
  -h, --help           this text
  -v, --version        the version

Exit status
  0 done   1 failed (verify: the ledger is not sound)   2 wrong usage   3 no box is running
  4 not in the documents, or nothing found   5 some files were not taken in   130 interrupted
`

export const help: Record<Language, string> = { zh, en }
