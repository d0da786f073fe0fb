#!/usr/bin/env bash
# The packages as files; what they do on a machine is the section `systemd`.
source "$(dirname "$0")/report"
need_apt packages debhelper dpkg-dev rpm lintian binutils || exit 0

target=${CARGO_TARGET_DIR:-target}
out=$target/packages
# A commit in between is no difference.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
rm -rf "$out" "$out-again"
packaging/build --out "$out"
deb=$(echo "$out"/*.deb)
rpm=$(echo "$out"/*.rpm)

lintian=$(lintian --allow-root --fail-on error,warning "$deb" 2>&1) && code=0 || code=$?
if [ "$code" -eq 0 ]; then pass "packages: lintian finds no error and no warning"; else
    fail "packages: lintian finds no error and no warning" "$(tr '\n' ' ' <<<"$lintian")"
fi

# What RHEL 9 and Ubuntu 22.04 have.
for program in zephyrd zephyrctl; do
    newest=$(objdump -T "$target/release/$program" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)
    check "packages: $program needs no libc newer than 2.34 ($newest)" \
        test "$(printf '%s\n' "$newest" GLIBC_2.34 | sort -V | tail -n 1)" = GLIBC_2.34
done

# Both formats carry the same files, but for what each has a place of its own for.
files_of_both() { sed 's|^\.||; s|zsh/vendor-completions|zsh/site-functions|' | grep -v '^/usr/share/doc/\|/lintian/' | sort; }
in_deb=$(dpkg-deb --fsys-tarfile "$deb" | tar -t | grep -v '/$' | files_of_both)
in_rpm=$(rpm -qp --nosignature --qf '[%{FILEMODES:perms} %{FILENAMES}\n]' "$rpm" 2>/dev/null | sed -n 's/^-[^ ]* //p' | files_of_both)
check "packages: the .deb and the .rpm carry the same files" test "$in_deb" = "$in_rpm"
for file in /usr/bin/zephyrd /usr/bin/zephyrctl /usr/lib/systemd/system/zephyrd.service /usr/lib/sysusers.d/zephyrd.conf \
    /usr/lib/systemd/user/zephyrd.service /etc/zephyrd/config.toml /etc/zephyrd/zephyrd.env \
    /usr/share/man/man8/zephyrd.8.gz /usr/share/man/man1/zephyrctl.1.gz /usr/share/man/man1/zephyrctl-pin.1.gz \
    /usr/share/man/man5/zephyrd.toml.5.gz \
    /usr/share/zephyrd/grafana/zephyr.json /usr/share/zephyrd/prometheus/zephyr-alerts.yml \
    /usr/share/bash-completion/completions/zephyrctl /usr/share/zsh/site-functions/_zephyrctl \
    /usr/share/fish/vendor_completions.d/zephyrctl.fish; do
    check "packages: there is $file" grep -qxF "$file" <<<"$in_deb"
done
same_conffiles() { [ "$(dpkg-deb --info "$deb" conffiles | xargs)" = "/etc/zephyrd/config.toml /etc/zephyrd/zephyrd.env" ]; }
check "packages: the config and the key file are the conffiles" same_conffiles

packaging/build --bins "$target/release" --out "$out-again" >/dev/null
for package in "$deb" "$rpm"; do
    check "packages: the same tree gives the same ${package##*.}" cmp "$package" "$out-again/${package##*/}"
done
rm -rf "$out-again"
