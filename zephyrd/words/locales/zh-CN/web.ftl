# 网页仪表盘的框架、登录，以及操作页面。
skip-to-content = 跳到内容

login-title = 登录
login-how = 要登录，请打开此命令打印的链接：
login-failed = 此链接已被使用或已过期。请获取新的链接：
login-needs-script = 登录需要 JavaScript。

web-nav = 页面
web-nav-overview = 总览
web-nav-endpoints = 端点
web-nav-groups = 分组
web-nav-requests = 请求
web-nav-connections = 连接
web-nav-suspended = 等待中
web-nav-usage = 用量
web-nav-logs = 日志
web-nav-config = 配置

web-language = 语言
web-log-out = 退出登录
web-close = 关闭
web-help = 键盘
web-key-help = 显示本帮助
web-key-filter = 筛选列表
web-key-arrows = 在列表中移动
web-key-enter = 打开一行的详情

web-live-still = 截至 { $time }
web-live-live = 实时
web-live-stale = 自 { $time } 起未更新

web-how-to-act = 要进行更改，请打开此命令打印的链接：
web-act-needs-script = 在此更改需要 JavaScript；不用它时，zephyrctl 可以做同样的事。
web-act-done = { $what }：{ $name }
web-act-done-all = 已完成：{ $what }
web-act-refused = 被拒绝：{ $why }
web-act-login = 您尚未登录，或登录已失效。请在网关所在的机器上运行“zephyrctl web”，并打开它打印的链接。
web-act-unreachable = 网关没有应答。未做任何更改。

web-overall-ok = 正常
web-overall-degraded = 降级
web-overall-down = 不可用
web-admin-auto = 自动
web-admin-pinned = 已固定
web-admin-paused = 已暂停
web-admin-drained = 已排空
web-group-active = 使用中
web-group-standby = 备用
web-group-available = 可用
web-group-paused = 已暂停
web-group-cooling = 冷却中
web-group-exhausted = 额度用尽
web-group-disabled = 已停用
web-group-no-healthy-endpoint = 没有健康的端点

web-span-seconds = { $s } 秒
web-span-minutes = { $m } 分钟
web-span-minutes-seconds = { $m } 分 { $s } 秒
web-span-hours = { $h } 小时 { $m } 分
web-span-days = { $d } 天 { $h } 小时
web-spark = { $low } 至 { $high }，{ $failed } 次失败
web-spark-failed = { $failed } 次全部失败
web-spark-none = 尚无测量

web-nobody = 无
web-pinned = 已固定：
web-dialect = 协议格式
web-serves = 当前服务
web-why = 原因
web-order = 顺序
