package disk

import (
	"slices"
	"testing"
)

// tables holds lines of mountinfo from real systems.
var tables = []struct {
	name, line string
	of         int // the user that the mount is for alone; -1: none
	obeys      bool
}{
	{"WSL 2", `75 60 0:49 / /mnt/c rw,noatime - 9p C:\134 rw,dirsync,aname=drvfs;path=C:\;uid=1000;gid=1000;symlinkroot=/mnt/,mmap,access=client,msize=65536,trans=fd,rfd=5,wfd=5`, 1000, true},
	{"WSL 2 of before 2023", `110 88 0:57 / /mnt/c rw,noatime - 9p drvfs rw,dirsync,aname=drvfs;path=C:\;uid=1000;gid=1000;symlinkroot=/mnt/,mmap,access=client,trans=fd,rfd=8,wfd=8`, 1000, true},
	{"WSL 1", `12 1 0:9 / /mnt/c rw,noatime - drvfs C:\134 rw,noatime,uid=1000,gid=1000,case=off`, 1000, true},
	{"WSL with modes that mean something", `75 60 0:49 / /mnt/c rw,noatime - 9p C:\134 rw,aname=drvfs;path=C:\;uid=1000;gid=1000;metadata;umask=22;fmask=11,access=client`, -1, true},
	{"sshfs", `300 60 0:50 / /home/me/far rw,nosuid,nodev,relatime - fuse.sshfs me@far: rw,user_id=1000,group_id=1000`, 1000, false},
	{"sshfs for all", `300 60 0:50 / /home/me/far rw,nosuid,nodev - fuse.sshfs me@far: rw,user_id=1000,group_id=1000,allow_other`, -1, false},
	{"sshfs for all, with modes", `300 60 0:50 / /home/me/far rw - fuse.sshfs me@far: rw,user_id=1000,group_id=1000,default_permissions,allow_other`, -1, true},
	{"9p of one user", `300 60 0:50 / /v rw - 9p host rw,access=1000,trans=virtio`, 1000, true},
	{"9p of all", `300 60 0:50 / /v rw - 9p host rw,access=any,uid=1000,trans=virtio`, -1, true},
	{"a stick", `300 60 8:17 / /media/me/STICK rw,nosuid - vfat /dev/sdb1 rw,uid=1000,gid=1000,fmask=0000,dmask=0000`, -1, true},
	{"a share", `300 60 0:70 / /mnt/nas rw - cifs //nas/me rw,vers=3.0,uid=1000,forceuid,file_mode=0777,dir_mode=0777,noperm`, -1, false},
	{"Docker Desktop", `900 800 0:60 /Users/me/.aws /home/vscode/.aws rw - fakeowner /run/host_mark/Users rw,fakeowner`, -1, true},
	{"tmpfs", `70 27 0:40 / /tmp/m rw,relatime - tmpfs tmpfs rw,mode=777,uid=1000`, -1, true},
}

func TestWhoAMountIsFor(t *testing.T) {
	for _, test := range tables {
		all := parseMounts(test.line + "\n")
		if len(all) != 1 {
			t.Fatalf("%s: %d mounts", test.name, len(all))
		}
		for _, uid := range []int{0, 1000, 1001} {
			if got := all[0].isOf(uid); got != (uid == test.of) {
				t.Errorf("%s: for user %d alone: %t", test.name, uid, got)
			}
		}
		if got := all[0].obeys(); got != test.obeys {
			t.Errorf("%s: modes decide: %t", test.name, got)
		}
	}
	if m := parseMounts(tables[0].line)[0]; m.Source != `C:\` || m.Point != "/mnt/c" || m.Type != "9p" || m.Root != "/" {
		t.Errorf("got %+v", m)
	}
}

func TestMountOfAPath(t *testing.T) {
	all := parseMounts(`1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 8:2 / /home rw - ext4 /dev/sda2 rw
3 2 0:9 / /home/me/share rw - cifs //nas/me rw
4 1 0:10 / /home rw - tmpfs over rw
5 4 0:11 / /home/me/in\040side rw - tmpfs a\134b rw
6 1 0:12 /sub /mnt rw shared:7 master:3 - btrfs /dev/sdb rw
6 1 broken
7 6 0:13 / /mnt rw - tmpfs top rw
`)
	for path, want := range map[string]string{
		"/":                "/dev/sda1",
		"/etc/passwd":      "/dev/sda1",
		"/homer":           "/dev/sda1",
		"/home/me":         "/dev/sda2",
		"/home/me/share/f": "//nas/me",
		"/home/me/shared":  "/dev/sda2",
		"/mnt/x":           "top",
	} {
		if m, ok := mountsOf(path, all); !ok || m.Source != want {
			t.Errorf("%s: got %+v, %t; want %s", path, m, ok, want)
		}
	}
	all = append(all[:1:1], all[3:]...) // the first /home is gone: of two at one place, the table has one order only
	if m, ok := mountsOf("/home/me/in side/file", all); !ok || m.Source != `a\b` {
		t.Errorf("a name with a blank: got %+v, %t", m, ok)
	}
	if _, ok := mountsOf("/", nil); ok {
		t.Error("no table has a mount")
	}
	for text, want := range map[string]string{`a\040b`: "a b", `a\`: `a\`, `\9zz`: `\9zz`, `\134\134`: `\\`} {
		if got := unescape(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestWhereAnAutomounterAnswers(t *testing.T) {
	all := parseMounts(`30 20 0:27 / /proc/sys/fs/binfmt_misc rw,relatime shared:14 - autofs systemd-1 rw,fd=29,pgrp=1,timeout=0,minproto=5,maxproto=5,direct,pipe_ino=1
31 20 0:28 / /net rw,relatime - autofs /etc/auto.net rw,fd=6,pgrp=900,timeout=300,minproto=5,maxproto=5,indirect,pipe_ino=2
31 20 0:29 / /data rw - autofs systemd-1 rw,fd=29,direct
32 31 0:30 / /net/nas rw - nfs4 nas:/ rw
33 20 0:31 / /home/shared\040files rw - autofs auto.home rw,fd=9,indirect
34 20 0:32 / /tmp/indirect rw - tmpfs tmpfs rw,indirect
`)
	if got, want := automounts(all), []string{"/net", "/home/shared files"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
