"""The order saga's participant in Python. It needs nothing but redis-py; README.md says how to run it."""
import json, os, sqlite3, time
import redis

GROUP, CONSUMER = "python_order_group", os.environ.get("CONSUMER", "python-1")
STREAMS = ("inventory:commands", "payment:commands", "shipping:commands")
ACTIONS = {
    "inventory:reserve": lambda order: {"item": order["item"], "quantity": order["quantity"]},
    "payment:charge": lambda order: {"amount": order["amount"]},
    "shipping:ship": lambda order: {"carrier": "python", "item": order["item"]},
}
UNDO = {"inventory:release", "payment:refund", "shipping:cancel"}
broker = redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"), decode_responses=True)
ledger = sqlite3.connect(os.environ.get("LEDGER", "order-ledger.db"))
ledger.execute("CREATE TABLE IF NOT EXISTS effects (key TEXT PRIMARY KEY, output TEXT)")  # output 'null': a tombstone

def answer(event, key, order):  # has the effect once for its key; a redelivery gets the answer of the first time
    known = ledger.execute("SELECT output FROM effects WHERE key = ?", [key]).fetchone()
    if known:
        return json.loads(known[0])
    if event in ACTIONS and order.get("fail_at") == key.split(":")[1]:
        raise ValueError("the order asked for this failure")
    output = {"undone": True} if event in UNDO else ACTIONS[event](order)
    with ledger:  # one transaction: whatever a step does in this database belongs into it
        ledger.execute("INSERT INTO effects VALUES (?, ?)", [key, json.dumps(output)])
        if event in UNDO:  # should the action come late, it finds this tombstone
            ledger.execute("INSERT OR IGNORE INTO effects VALUES (?, 'null')", [key.replace(":compensation", ":action")])
    return output

def handle(command):
    def reply(status, payload):
        echo = {name: command[name] for name in ("correlation_id", "saga_id", "event_type", "request_id")}
        broker.xadd(command["reply_stream"], {**echo, "status": status, "payload": json.dumps(payload), "timestamp": time.time()})
    reply("start", {})
    reply("progress", {"fraction": 0.5, "stage": command["event_type"]})
    try:
        output = answer(command["event_type"], command["idempotency_key"], json.loads(command["payload"]))
        reply(*(("completed", output) if output else ("failed", {"error": "already undone", "retryable": False})))
    except (ValueError, KeyError, TypeError) as error:
        reply("failed", {"error": str(error), "retryable": False})

cursors = dict.fromkeys(STREAMS, "0")  # "0": what a crash left to us comes first
while True:
    try:
        for stream, entries in broker.xreadgroup(GROUP, CONSUMER, cursors, count=16, block=2000):
            for entry, command in entries:
                try:
                    if command and command.get("event_type") in UNDO | set(ACTIONS):  # others' event types are skipped
                        handle(command)
                except KeyError as missing:  # nobody to answer: a person shall see it
                    broker.xadd("skald:dead", {"reason": f"the command has no {missing}", "origin_stream": stream, "origin_group": GROUP,
                                "origin_entry_id": entry, "correlation_id": command.get("correlation_id", ""), "fields": json.dumps(command)})
                broker.xack(stream, GROUP, entry)
            if not entries:
                cursors[stream] = ">"  # nothing left from before: on with what is new
    except redis.ResponseError as error:  # the group is made at the first read, and again after Redis has lost it
        if not str(error).startswith(("NOGROUP", "UNBLOCKED")):
            raise
        for stream in STREAMS:
            try:
                broker.xgroup_create(stream, GROUP, id="0", mkstream=True)
            except redis.ResponseError:
                pass  # it is there
