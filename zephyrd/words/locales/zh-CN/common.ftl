# 端点和分组的状态；键是协议中的原词。
state-up = 正常
state-degraded = 降级
state-cooling = 冷却中
state-exhausted = 额度用尽
state-auth-failed = 认证失败
state-misconfigured = 配置有误
state-unknown = 未知
