-- accounts.get read shared ["018f0000-0000-7000-8000-000000000001"]
select "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version" from "accounts" where "id" = ?1 and "deleted_at" is null;

-- seats.get read shared [1, "A"]
select "row", "letter", "guest", "gone" from "seats" where "row" = ?1 and "letter" = ?2 and "gone" = 0;

-- accounts.getMany read shared ["018f0000-0000-7000-8000-000000000001", "018f0000-0000-7000-8000-000000000001", "018f0000-0000-7000-8000-000000000001", "018f0000-0000-7000-8000-000000000001"]
select "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version" from "accounts" where "deleted_at" is null and "id" in (?1, ?2, ?3, ?4);

-- seats.getMany read shared [1, "A", 2, "B"]
select "row", "letter", "guest", "gone" from "seats" where "gone" = 0 and (("row" = ?1 and "letter" = ?2) or ("row" = ?3 and "letter" = ?4));

-- accounts.first read shared ["x", 1, 2, 3, 3, 1, 4, 1n]
select "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version" from "accounts" where "deleted_at" is null and (("email" = ?1 or "nick" is null or "age" in (?2, ?3, ?4, ?5)) and ("balance" is not null or ("score" <= ?6 or "score" is null)) and "age" is not ?7 and ("visits" not in (?8) or "visits" is null)) order by "seen" desc, "email" asc, "id" asc limit 1;

-- accounts.list read shared []
select "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version" from "accounts" where "deleted_at" is null order by "id" asc limit 50;

-- accounts.list read shared ["x", 1, 2, 3, 3, 1, 4, 1n, 33, 7]
select "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version" from "accounts" where "deleted_at" is null and (("email" = ?1 or "nick" is null or "age" in (?2, ?3, ?4, ?5)) and ("balance" is not null or ("score" <= ?6 or "score" is null)) and "age" is not ?7 and ("visits" not in (?8) or "visits" is null)) order by "seen" desc, "email" asc, "id" asc limit ?9 offset ?10;

-- accounts.search read shared ["%50\\%%"]
select "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version" from "accounts" where "deleted_at" is null and ((case when svc_plain(?1) then ("email" like ?1 escape '\' or ("email" glob '*[İK]*' and svc_like("email", ?1))) else svc_like("email", ?1) end) or (case when svc_plain(?1) then (cast("age" as text) like ?1 escape '\' or (cast("age" as text) glob '*[İK]*' and svc_like(cast("age" as text), ?1))) else svc_like(cast("age" as text), ?1) end)) order by "id" asc limit 50;

-- accounts.page read shared []
select "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version" from "accounts" where "deleted_at" is null order by "id" asc limit 21;

-- accounts.page read shared ["018f0000-0000-7000-8000-000000000001"]
select "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version" from "accounts" where "deleted_at" is null and "id" > ?1 order by "id" asc limit 21;

-- accounts.page read shared ["e", "018f0000-0000-7000-8000-000000000001"]
select "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version" from "accounts" where "deleted_at" is null and ("email", "id") < (?1, ?2) order by "email" desc, "id" desc limit 21;

-- accounts.page read shared [5, "e", "018f0000-0000-7000-8000-000000000001"]
select "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version" from "accounts" where "deleted_at" is null and ("age" > ?1 or ("age" = ?1 and ("email" < ?2 or ("email" = ?2 and "id" < ?3)))) order by "age" asc, "email" desc, "id" desc limit 21;

-- accounts.page read shared ["018f0000-0000-7000-8000-000000000001"]
select "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version" from "accounts" where "deleted_at" is null and ("age" is not null or ("age" is null and "id" > ?1)) order by "age" asc, "id" asc limit 21;

-- accounts.page read shared ["1.5", "018f0000-0000-7000-8000-000000000001"]
select "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version" from "accounts" where "deleted_at" is null and ((cast("balance" as real) < cast(?1 as real) or "balance" is null) or (cast("balance" as real) = cast(?1 as real) and "id" < ?2)) order by cast("balance" as real) desc, "id" desc limit 21;

-- accounts.count read exclusive []
select count(*) from "accounts" where "deleted_at" is null;

-- accounts.exists read exclusive [1]
select 1 from "accounts" where "deleted_at" is null and "active" = ?1 limit 1;

-- accounts.list read shared ["n%"]
select "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version" from "accounts" where svc_deadline() and "deleted_at" is null and (case when svc_plain(?1) then ("nick" like ?1 escape '\' or ("nick" glob '*[İK]*' and svc_like("nick", ?1))) else svc_like("nick", ?1) end) order by "id" asc limit 50;

-- accounts.find read shared ["018f0000-0000-7000-8000-000000000001"]
select "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "created_at", "updated_at", "version" from "accounts" where "id" = ?1 and "deleted_at" is null;

-- accounts.find read shared ["018f0000-0000-7000-8000-000000000001"]
select "id", "email", "updated_at", "version" from "accounts" where "id" = ?1 and "deleted_at" is null;

-- accounts.page read exclusive [40]
select p.c0, p.c1, p.c2, p.c3, p.c4, p.c5, p.c6, p.c7, p.c8, p.c9, p.c10, p.c11, p.c12, p.c13, p.c14, p.c15, p.c16, t.n from (select count(*) as n from "accounts" where "deleted_at" is null) as t left join (select "id" as c0, "email" as c1, "nick" as c2, "age" as c3, "balance" as c4, cast("visits" as text) as c5, "score" as c6, "active" as c7, "born" as c8, "seen" as c9, "picture" as c10, "settings" as c11, "role" as c12, "code" as c13, "created_at" as c14, "updated_at" as c15, "version" as c16, "created_at" as o0, "id" as o1 from "accounts" where "deleted_at" is null order by "created_at" desc, "id" desc limit 21 offset ?1) as p on 1 = 1 order by p.o0 desc, p.o1 desc;

-- accounts.page read shared []
select "id", "email", "seen", "updated_at", "version" from "accounts" where "deleted_at" is null order by "seen" asc, "id" asc limit 21;

-- accounts.count read exclusive []
select count(*) from "accounts" where "deleted_at" is null;

-- accounts.create write shared ["<uuid>", "a", "user", "c", "s", "1970-01-01T00:00:01.000Z", "1970-01-01T00:00:01.000Z", null, 1]
insert into "accounts" ("id", "email", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version") values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) returning "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version";

-- orders.create write shared ["t"]
insert into "orders" ("title") values (?1) returning "id", "account_id", "title", "amount", "parent_id";

-- seats.create write shared [1, "A", 0]
insert into "seats" ("row", "letter", "gone") values (?1, ?2, ?3) returning "row", "letter", "guest", "gone";

-- orders.insertMany write exclusive ["t", 7, "u", 1]
insert into "orders" ("title", "amount") values (?1, ?2), (?3, ?4) returning "id", "account_id", "title", "amount", "parent_id";

-- accounts.update write shared ["018f0000-0000-7000-8000-000000000001", "b", null, "1970-01-01T00:00:01.000Z"]
update "accounts" set "email" = ?2, "nick" = ?3, "updated_at" = ?4, "version" = "version" + 1 where "id" = ?1 and "deleted_at" is null returning "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version";

-- accounts.update write shared ["018f0000-0000-7000-8000-000000000001", 3, "b", "1970-01-01T00:00:01.000Z"]
update "accounts" set "email" = ?3, "updated_at" = ?4, "version" = "version" + 1 where "id" = ?1 and "deleted_at" is null and "version" = ?2 returning "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version";

-- accounts.version write shared ["018f0000-0000-7000-8000-000000000001"]
select "version" from "accounts" where "id" = ?1 and "deleted_at" is null;

-- accounts.update write shared ["018f0000-0000-7000-8000-000000000001"]
select "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version" from "accounts" where "id" = ?1 and "deleted_at" is null;

-- seats.update write shared [1, "A", "g"]
update "seats" set "guest" = ?3 where "row" = ?1 and "letter" = ?2 and "gone" = 0 returning "row", "letter", "guest", "gone";

-- accounts.delete write shared ["018f0000-0000-7000-8000-000000000001", "1970-01-01T00:00:01.000Z", "1970-01-01T00:00:01.000Z"]
update "accounts" set "deleted_at" = ?2, "updated_at" = ?3, "version" = "version" + 1 where "id" = ?1 and "deleted_at" is null;

-- accounts.delete write shared ["018f0000-0000-7000-8000-000000000001", 3, "1970-01-01T00:00:01.000Z", "1970-01-01T00:00:01.000Z"]
update "accounts" set "deleted_at" = ?3, "updated_at" = ?4, "version" = "version" + 1 where "id" = ?1 and "deleted_at" is null and "version" = ?2;

-- accounts.version write shared ["018f0000-0000-7000-8000-000000000001"]
select "version" from "accounts" where "id" = ?1 and "deleted_at" is null;

-- orders.delete write shared [1]
delete from "orders" where "id" = ?1;

-- seats.delete write shared [1, "A"]
update "seats" set "gone" = 1 where "row" = ?1 and "letter" = ?2 and "gone" = 0;

-- accounts.purge write shared ["018f0000-0000-7000-8000-000000000001"]
delete from "accounts" where "id" = ?1;

-- accounts.restore write shared ["018f0000-0000-7000-8000-000000000001", "1970-01-01T00:00:01.000Z"]
update "accounts" set "deleted_at" = null, "updated_at" = ?2, "version" = "version" + 1 where "id" = ?1 and "deleted_at" is not null returning "id", "email", "nick", "age", "balance", cast("visits" as text), "score", "active", "born", "seen", "picture", "settings", "role", "code", "secret_hash", "created_at", "updated_at", "deleted_at", "version";

-- seats.restore write shared [1, "A"]
update "seats" set "gone" = 0 where "row" = ?1 and "letter" = ?2 and "gone" = 1 returning "row", "letter", "guest", "gone";

-- notes.get read shared [1, 5]
select "id", "tenant_id", "text", "deleted_at", "version" from "notes" where "id" = ?1 and "tenant_id" = ?2 and "deleted_at" is null;

-- notes.list read shared [5, "a", "b"]
select "id", "tenant_id", "text", "deleted_at", "version" from "notes" where "tenant_id" = ?1 and "deleted_at" is null and ("text" = ?2 or "text" = ?3) order by "id" asc limit 50;

-- notes.create write shared [5, "a", null, 1]
insert into "notes" ("tenant_id", "text", "deleted_at", "version") values (?1, ?2, ?3, ?4) returning "id", "tenant_id", "text", "deleted_at", "version";

-- notes.update write shared [1, 5, 1, "b"]
update "notes" set "text" = ?4, "version" = "version" + 1 where "id" = ?1 and "tenant_id" = ?2 and "deleted_at" is null and "version" = ?3 returning "id", "tenant_id", "text", "deleted_at", "version";

-- notes.version write shared [1, 5]
select "version" from "notes" where "id" = ?1 and "tenant_id" = ?2 and "deleted_at" is null;

-- notes.delete write shared [1, 5, "1970-01-01T00:00:01.000Z"]
update "notes" set "deleted_at" = ?3, "version" = "version" + 1 where "id" = ?1 and "tenant_id" = ?2 and "deleted_at" is null;

-- notes.restore write shared [1, 5]
update "notes" set "deleted_at" = null, "version" = "version" + 1 where "id" = ?1 and "tenant_id" = ?2 and "deleted_at" is not null returning "id", "tenant_id", "text", "deleted_at", "version";

-- notes.page read exclusive [5, 1]
select p.c0, p.c1, p.c2, p.c3, t.n from (select count(*) as n from "notes" where "tenant_id" = ?1 and "deleted_at" is null) as t left join (select "id" as c0, "tenant_id" as c1, "text" as c2, "version" as c3, "id" as o0 from "notes" where "tenant_id" = ?1 and "deleted_at" is null and "id" > ?2 order by "id" asc limit 11) as p on 1 = 1 order by p.o0 asc;

-- notes.list read shared []
select "id", "tenant_id", "text", "deleted_at", "version" from "notes" where "deleted_at" is null order by "id" asc limit 50;
