# 端点、分组和整体的状态，以及操作员的指令；键是协议中的原词。
state-up = 正常
state-degraded = 降级
state-cooling = 冷却中
state-exhausted = 额度用尽
state-auth-failed = 认证失败
state-misconfigured = 配置有误
state-unknown = 未知
state-active = 服务中
state-standby = 待命
state-paused = 已暂停
state-disabled = 已停用
state-drained = 已排空
state-draining = 排空中
state-pinned = 已固定
state-auto = 自动
state-ok = 正常
state-down = 不可用

# 请求如何结束。
ended-complete = 完成
ended-refused = 被拒绝
ended-cut = 中断
ended-cancelled = 已取消

# 一次尝试的结果；也用于说明为何某处不请求某个模型。
class-ok = 成功
class-client-fault = 客户端错误
class-declined = 被拒答
class-connect-failed = 连接失败
class-unanswered = 无应答
class-timed-out = 超时
class-stale-credential = 凭据过期
class-auth-failed = 认证失败
class-credit-exhausted = 余额用尽
class-forbidden = 禁止访问
class-model-missing = 没有此模型
class-again = 需重试
class-rate-limited = 被限流
class-window-spent = 窗口额度用尽
class-family-spent = 模型系列额度用尽
class-limit-reached = 达到上限
class-overage = 超额用量
class-server-error = 服务器错误
class-unavailable = 暂不可用
class-overloaded = 过载
class-not-an-answer = 不是有效应答
class-misconfigured = 配置有误
class-cut = 中断
class-cancelled = 已取消

# 请求为何等待。
waits-queued = 排队中
waits-suspended = 已挂起

# 未请求 token 的请求要的是什么。
operation-count-tokens = 统计 token
operation-models = 模型列表
operation-other = 其他

# 为何选择某个端点。
reason-current = 新请求由它服务
reason-next = 按顺序下一个能接手的端点
reason-stays = 对话留在该端点
reason-moves = 对话迁移：收益超过缓存的价值
reason-turn = 轮到它
reason-trial = 冷却后试用：用一次尝试看它是否恢复
reason-slow-start = 冷却后恢复：新请求的份额逐步增加
reason-last-resort = 最后的选择：没有可用端点，而它的冷却最先结束
reason-same = 再次尝试同一端点
reason-default-group = 默认分组中第一个可用端点

# 预算周期。
period-day = 天
period-week = 周
period-month = 月

# 服务等级。
tier-batch = 批处理
tier-priority = 优先
tier-flex = 弹性

# 配置问题的严重程度。
severity-error = 错误
severity-warning = 警告

# 时长。
span-seconds = { $seconds } 秒
span-minutes-seconds = { $minutes } 分 { $seconds } 秒
span-minutes = { $minutes } 分钟
span-hours = { $hours } 小时 { $minutes } 分
span-days = { $days } 天 { $hours } 小时
just-now = 刚刚
ago = { $span }前

# 星期与将来的日期。
midnight = 今天午夜
weekday-Monday = 星期一
weekday-Tuesday = 星期二
weekday-Wednesday = 星期三
weekday-Thursday = 星期四
weekday-Friday = 星期五
weekday-Saturday = 星期六
weekday-Sunday = 星期日
