extension Migration {
    /// Names of ports, and what an address says of a forged source.
    static let names = Migration(
        version: 21, name: "names",
        sql: """
            CREATE TABLE enrichment.port_name (
                transport text NOT NULL CHECK (transport IN ('tcp', 'udp', 'icmp')),
                port int4 NOT NULL CHECK (port BETWEEN 0 AND 65535),
                name text NOT NULL,
                PRIMARY KEY (transport, port)
            );
            COMMENT ON TABLE enrichment.port_name IS 'What is usually meant by a port in a network telescope: the service, or the device whose weakness is looked for. Add your own.';
            COMMENT ON COLUMN enrichment.port_name.transport IS 'tcp, udp or icmp.';
            COMMENT ON COLUMN enrichment.port_name.port IS 'Port; of icmp type * 256 + code, of ICMP and ICMPv6 together.';
            COMMENT ON COLUMN enrichment.port_name.name IS 'Name, in the manner of IANA.';
            INSERT INTO enrichment.port_name VALUES
                ('tcp', 7, 'echo'), ('tcp', 9, 'discard'), ('tcp', 17, 'qotd'), ('tcp', 19, 'chargen'),
                ('tcp', 20, 'ftp-data'), ('tcp', 21, 'ftp'), ('tcp', 22, 'ssh'), ('tcp', 23, 'telnet'),
                ('tcp', 25, 'smtp'), ('tcp', 26, 'smtp-alternative'), ('tcp', 53, 'domain'), ('tcp', 79, 'finger'),
                ('tcp', 80, 'http'), ('tcp', 81, 'http-alternative'), ('tcp', 82, 'http-alternative'),
                ('tcp', 83, 'http-alternative'), ('tcp', 84, 'http-alternative'), ('tcp', 85, 'http-alternative'),
                ('tcp', 88, 'kerberos'), ('tcp', 102, 'iso-tsap-s7comm'), ('tcp', 110, 'pop3'),
                ('tcp', 111, 'sunrpc'), ('tcp', 113, 'ident'), ('tcp', 119, 'nntp'), ('tcp', 135, 'msrpc-epmap'),
                ('tcp', 139, 'netbios-ssn'), ('tcp', 143, 'imap'), ('tcp', 179, 'bgp'), ('tcp', 389, 'ldap'),
                ('tcp', 443, 'https'), ('tcp', 444, 'snpp'), ('tcp', 445, 'microsoft-ds'),
                ('tcp', 465, 'submissions'), ('tcp', 500, 'isakmp'), ('tcp', 502, 'modbus'), ('tcp', 512, 'exec'),
                ('tcp', 513, 'login'), ('tcp', 514, 'shell'), ('tcp', 515, 'printer'), ('tcp', 554, 'rtsp'),
                ('tcp', 587, 'submission'), ('tcp', 623, 'ipmi-redfish'), ('tcp', 631, 'ipp'), ('tcp', 636, 'ldaps'),
                ('tcp', 873, 'rsync'), ('tcp', 902, 'vmware-auth'), ('tcp', 990, 'ftps'), ('tcp', 992, 'telnets'),
                ('tcp', 993, 'imaps'), ('tcp', 995, 'pop3s'), ('tcp', 1023, 'telnet-alternative'),
                ('tcp', 1024, 'telnet-alternative'), ('tcp', 1080, 'socks'), ('tcp', 1099, 'java-rmi'),
                ('tcp', 1194, 'openvpn'), ('tcp', 1200, 'codesys'), ('tcp', 1433, 'ms-sql'),
                ('tcp', 1434, 'ms-sql-monitor'), ('tcp', 1494, 'citrix-ica'), ('tcp', 1521, 'oracle'),
                ('tcp', 1604, 'darkcomet'), ('tcp', 1701, 'l2tp'), ('tcp', 1723, 'pptp'), ('tcp', 1883, 'mqtt'),
                ('tcp', 1900, 'upnp'), ('tcp', 1911, 'niagara-fox'), ('tcp', 1962, 'pcworx'),
                ('tcp', 2000, 'cisco-sccp'), ('tcp', 2049, 'nfs'), ('tcp', 2082, 'cpanel'), ('tcp', 2083, 'cpanels'),
                ('tcp', 2086, 'whm'), ('tcp', 2087, 'whms'), ('tcp', 2121, 'ftp-alternative'),
                ('tcp', 2181, 'zookeeper'), ('tcp', 2222, 'ssh-alternative'), ('tcp', 2223, 'ssh-alternative'),
                ('tcp', 2323, 'telnet-alternative'), ('tcp', 2375, 'docker'), ('tcp', 2376, 'docker-tls'),
                ('tcp', 2379, 'etcd'), ('tcp', 2404, 'iec-104'), ('tcp', 2455, 'codesys'), ('tcp', 2601, 'zebra'),
                ('tcp', 3000, 'grafana-node'), ('tcp', 3128, 'squid'), ('tcp', 3260, 'iscsi'),
                ('tcp', 3268, 'ldap-global-catalog'), ('tcp', 3306, 'mysql'), ('tcp', 3388, 'rdp-alternative'),
                ('tcp', 3389, 'rdp'), ('tcp', 3390, 'rdp-alternative'), ('tcp', 3551, 'apcupsd'),
                ('tcp', 3690, 'svn'), ('tcp', 4000, 'remoteanything'), ('tcp', 4145, 'socks-mikrotik'),
                ('tcp', 4243, 'docker-alternative'), ('tcp', 4369, 'epmd'), ('tcp', 4443, 'https-alternative'),
                ('tcp', 4444, 'metasploit-default'), ('tcp', 4500, 'ipsec-nat'), ('tcp', 4567, 'tram-sangoma'),
                ('tcp', 4782, 'quasar'), ('tcp', 4786, 'cisco-smart-install'), ('tcp', 4840, 'opc-ua'),
                ('tcp', 4848, 'glassfish'), ('tcp', 4899, 'radmin'), ('tcp', 4911, 'niagara-fox-tls'),
                ('tcp', 4949, 'munin'), ('tcp', 5000, 'upnp-synology'), ('tcp', 5001, 'synology-https'),
                ('tcp', 5006, 'melsec'), ('tcp', 5007, 'melsec'), ('tcp', 5038, 'asterisk-manager'),
                ('tcp', 5060, 'sip'), ('tcp', 5061, 'sips'), ('tcp', 5222, 'xmpp'), ('tcp', 5269, 'xmpp-server'),
                ('tcp', 5353, 'mdns'), ('tcp', 5357, 'wsdapi'), ('tcp', 5358, 'telnet-alternative'),
                ('tcp', 5431, 'upnp-broadcom'), ('tcp', 5432, 'postgresql'), ('tcp', 5500, 'vnc-reverse'),
                ('tcp', 5501, 'telnet-alternative'), ('tcp', 5554, 'sgi-esphttp'), ('tcp', 5555, 'adb'),
                ('tcp', 5601, 'kibana'), ('tcp', 5632, 'pcanywhere'), ('tcp', 5672, 'amqp'), ('tcp', 5683, 'coap'),
                ('tcp', 5800, 'vnc-http'), ('tcp', 5858, 'node-debug'), ('tcp', 5900, 'vnc'), ('tcp', 5901, 'vnc-1'),
                ('tcp', 5938, 'teamviewer'), ('tcp', 5984, 'couchdb'), ('tcp', 5985, 'winrm'),
                ('tcp', 5986, 'winrm-https'), ('tcp', 6000, 'x11'), ('tcp', 6036, 'dahua-dvr'),
                ('tcp', 6379, 'redis'), ('tcp', 6443, 'kubernetes-api'), ('tcp', 6664, 'irc'), ('tcp', 6666, 'irc'),
                ('tcp', 6667, 'irc'), ('tcp', 6697, 'ircs'), ('tcp', 6881, 'bittorrent'), ('tcp', 7001, 'weblogic'),
                ('tcp', 7002, 'weblogic-ssl'), ('tcp', 7443, 'https-alternative'), ('tcp', 7474, 'neo4j'),
                ('tcp', 7547, 'cwmp-tr069'), ('tcp', 7548, 'cwmp-tr069'), ('tcp', 7777, 'http-alternative'),
                ('tcp', 7779, 'http-alternative'), ('tcp', 8000, 'http-alternative'),
                ('tcp', 8001, 'http-alternative'), ('tcp', 8008, 'http-alternative'), ('tcp', 8009, 'ajp'),
                ('tcp', 8010, 'http-alternative'), ('tcp', 8022, 'ssh-alternative'),
                ('tcp', 8023, 'telnet-alternative'), ('tcp', 8080, 'http-proxy'), ('tcp', 8081, 'http-alternative'),
                ('tcp', 8082, 'http-alternative'), ('tcp', 8083, 'http-alternative'),
                ('tcp', 8085, 'http-alternative'), ('tcp', 8086, 'influxdb'), ('tcp', 8087, 'http-alternative'),
                ('tcp', 8088, 'hadoop-yarn'), ('tcp', 8089, 'splunk'), ('tcp', 8090, 'http-alternative'),
                ('tcp', 8098, 'riak'), ('tcp', 8099, 'http-alternative'), ('tcp', 8123, 'home-assistant'),
                ('tcp', 8140, 'puppet'), ('tcp', 8181, 'http-alternative'), ('tcp', 8200, 'vault'),
                ('tcp', 8291, 'mikrotik-winbox'), ('tcp', 8333, 'bitcoin'), ('tcp', 8334, 'bitcoin-alternative'),
                ('tcp', 8443, 'https-alternative'), ('tcp', 8500, 'consul'), ('tcp', 8545, 'ethereum-rpc'),
                ('tcp', 8554, 'rtsp-alternative'), ('tcp', 8728, 'mikrotik-api'), ('tcp', 8729, 'mikrotik-api-ssl'),
                ('tcp', 8800, 'http-alternative'), ('tcp', 8834, 'nessus'), ('tcp', 8883, 'mqtt-tls'),
                ('tcp', 8888, 'http-alternative'), ('tcp', 9000, 'http-alternative'), ('tcp', 9001, 'tor-orport'),
                ('tcp', 9042, 'cassandra'), ('tcp', 9050, 'tor-socks'), ('tcp', 9051, 'tor-control'),
                ('tcp', 9090, 'prometheus'), ('tcp', 9091, 'transmission'), ('tcp', 9092, 'kafka'),
                ('tcp', 9100, 'jetdirect'), ('tcp', 9160, 'cassandra-thrift'), ('tcp', 9200, 'elasticsearch'),
                ('tcp', 9300, 'elasticsearch-transport'), ('tcp', 9418, 'git'), ('tcp', 9443, 'https-alternative'),
                ('tcp', 9530, 'xiongmai-debug'), ('tcp', 9600, 'omron-fins'), ('tcp', 9999, 'abyss'),
                ('tcp', 10000, 'ndmp-webmin'), ('tcp', 10001, 'ubiquiti-discovery'),
                ('tcp', 10022, 'ssh-alternative'), ('tcp', 10023, 'telnet-alternative'), ('tcp', 10250, 'kubelet'),
                ('tcp', 10255, 'kubelet-readonly'), ('tcp', 11112, 'dicom'), ('tcp', 11211, 'memcached'),
                ('tcp', 12345, 'netbus'), ('tcp', 16992, 'intel-amt'), ('tcp', 16993, 'intel-amt-tls'),
                ('tcp', 18245, 'ge-srtp'), ('tcp', 20000, 'dnp3'), ('tcp', 22222, 'ssh-alternative'),
                ('tcp', 23023, 'telnet-alternative'), ('tcp', 25105, 'insteon'), ('tcp', 25565, 'minecraft'),
                ('tcp', 26257, 'cockroachdb'), ('tcp', 27015, 'steam'), ('tcp', 27016, 'steam'),
                ('tcp', 27017, 'mongodb'), ('tcp', 27018, 'mongodb-shard'), ('tcp', 28017, 'mongodb-http'),
                ('tcp', 30005, 'cwmp-tr069'), ('tcp', 30303, 'ethereum-p2p'), ('tcp', 31337, 'back-orifice'),
                ('tcp', 32400, 'plex'), ('tcp', 32764, 'linksys-backdoor'), ('tcp', 33060, 'mysqlx'),
                ('tcp', 34567, 'xiongmai-dvr'), ('tcp', 37215, 'huawei-hg532'), ('tcp', 37777, 'dahua'),
                ('tcp', 44818, 'ethernet-ip'), ('tcp', 47808, 'bacnet'), ('tcp', 49152, 'upnp-alternative'),
                ('tcp', 50000, 'sap-db2'), ('tcp', 50050, 'cobalt-strike'), ('tcp', 50070, 'hadoop-hdfs'),
                ('tcp', 52869, 'realtek-upnp'), ('tcp', 55553, 'metasploit-rpc'), ('tcp', 60001, 'jaws-dvr'),
                ('tcp', 60023, 'telnet-alternative'), ('tcp', 61616, 'activemq'), ('tcp', 62078, 'iphone-sync'),
                ('udp', 7, 'echo'), ('udp', 17, 'qotd'), ('udp', 19, 'chargen'), ('udp', 53, 'domain'),
                ('udp', 67, 'dhcp-server'), ('udp', 68, 'dhcp-client'), ('udp', 69, 'tftp'),
                ('udp', 80, 'quic-or-flood'), ('udp', 88, 'kerberos'), ('udp', 111, 'sunrpc'), ('udp', 123, 'ntp'),
                ('udp', 137, 'netbios-ns'), ('udp', 138, 'netbios-dgm'), ('udp', 161, 'snmp'),
                ('udp', 162, 'snmp-trap'), ('udp', 177, 'xdmcp'), ('udp', 389, 'cldap'), ('udp', 443, 'quic'),
                ('udp', 500, 'isakmp'), ('udp', 502, 'modbus'), ('udp', 514, 'syslog'), ('udp', 520, 'rip'),
                ('udp', 554, 'rtsp'), ('udp', 623, 'ipmi'), ('udp', 1027, 'windows-messenger'),
                ('udp', 1194, 'openvpn'), ('udp', 1434, 'ms-sql-monitor'), ('udp', 1604, 'citrix-ica'),
                ('udp', 1701, 'l2tp'), ('udp', 1812, 'radius'), ('udp', 1813, 'radius-accounting'),
                ('udp', 1900, 'ssdp'), ('udp', 2049, 'nfs'), ('udp', 2123, 'gtp-control'), ('udp', 2152, 'gtp-user'),
                ('udp', 2427, 'mgcp'), ('udp', 3074, 'xbox'), ('udp', 3283, 'apple-remote-desktop'),
                ('udp', 3389, 'rdp'), ('udp', 3391, 'rd-gateway'), ('udp', 3478, 'stun'), ('udp', 3544, 'teredo'),
                ('udp', 3671, 'knxnet-ip'), ('udp', 3702, 'ws-discovery'), ('udp', 4500, 'ipsec-nat'),
                ('udp', 4789, 'vxlan'), ('udp', 5004, 'rtp'), ('udp', 5060, 'sip'), ('udp', 5094, 'hart-ip'),
                ('udp', 5351, 'nat-pmp'), ('udp', 5353, 'mdns'), ('udp', 5355, 'llmnr'), ('udp', 5683, 'coap'),
                ('udp', 5684, 'coaps'), ('udp', 6343, 'sflow'), ('udp', 6881, 'bittorrent-dht'),
                ('udp', 7547, 'cwmp-tr069'), ('udp', 9034, 'realtek-udpserver'), ('udp', 9600, 'omron-fins'),
                ('udp', 9987, 'teamspeak'), ('udp', 10001, 'ubiquiti-discovery'), ('udp', 11211, 'memcached'),
                ('udp', 17185, 'vxworks-wdb'), ('udp', 19132, 'minecraft-bedrock'), ('udp', 20000, 'dnp3'),
                ('udp', 27015, 'steam'), ('udp', 27960, 'quake3'), ('udp', 30120, 'fivem'),
                ('udp', 30718, 'lantronix'), ('udp', 33434, 'traceroute'), ('udp', 34964, 'profinet'),
                ('udp', 37020, 'hikvision-sadp'), ('udp', 37810, 'dahua-discovery'), ('udp', 44818, 'ethernet-ip'),
                ('udp', 47808, 'bacnet'), ('udp', 50000, 'sap'), ('udp', 51820, 'wireguard'),
                ('udp', 53413, 'netis-router'),
                ('icmp', 0, 'echo reply'), ('icmp', 256, 'no route'), ('icmp', 257, 'prohibited'),
                ('icmp', 259, 'address unreachable'), ('icmp', 260, 'port unreachable'),
                ('icmp', 261, 'source failed policy'), ('icmp', 262, 'route rejected'),
                ('icmp', 512, 'packet too big'), ('icmp', 768, 'network unreachable'),
                ('icmp', 769, 'host unreachable'), ('icmp', 770, 'protocol unreachable'),
                ('icmp', 771, 'port unreachable'), ('icmp', 772, 'fragmentation needed'),
                ('icmp', 773, 'source route failed'), ('icmp', 774, 'network unknown'),
                ('icmp', 775, 'host unknown'), ('icmp', 777, 'network prohibited'), ('icmp', 778, 'host prohibited'),
                ('icmp', 779, 'network unreachable for service'), ('icmp', 780, 'host unreachable for service'),
                ('icmp', 781, 'communication prohibited'), ('icmp', 1024, 'source quench'),
                ('icmp', 1280, 'redirect for network'), ('icmp', 1281, 'redirect for host'),
                ('icmp', 1282, 'redirect for network and service'), ('icmp', 1283, 'redirect for host and service'),
                ('icmp', 2048, 'echo request'), ('icmp', 2304, 'router advertisement'),
                ('icmp', 2560, 'router solicitation'), ('icmp', 2816, 'time exceeded'),
                ('icmp', 2817, 'reassembly time exceeded'), ('icmp', 3072, 'parameter problem'),
                ('icmp', 3073, 'option missing'), ('icmp', 3074, 'bad length'), ('icmp', 3328, 'timestamp request'),
                ('icmp', 3584, 'timestamp reply'), ('icmp', 3840, 'information request'),
                ('icmp', 4096, 'information reply'), ('icmp', 4352, 'address mask request'),
                ('icmp', 4608, 'address mask reply'), ('icmp', 10752, 'extended echo request'),
                ('icmp', 11008, 'extended echo reply'), ('icmp', 32768, 'echo request'),
                ('icmp', 33024, 'echo reply'), ('icmp', 33280, 'multicast listener query'),
                ('icmp', 33536, 'multicast listener report'), ('icmp', 33792, 'multicast listener done'),
                ('icmp', 34048, 'router solicitation'), ('icmp', 34304, 'router advertisement'),
                ('icmp', 34560, 'neighbour solicitation'), ('icmp', 34816, 'neighbour advertisement'),
                ('icmp', 35072, 'redirect'), ('icmp', 36608, 'multicast listener report 2'),
                ('icmp', 40960, 'extended echo request'), ('icmp', 41216, 'extended echo reply');

            CREATE FUNCTION api.port_name(class text, port int4) RETURNS text LANGUAGE sql STABLE AS $body$
                SELECT n.name FROM enrichment.port_name n
                WHERE n.transport = split_part(class, '-', 1) AND n.port = port_name.port
            $body$;
            COMMENT ON FUNCTION api.port_name(text, int4) IS 'What is usually meant by a service port of a traffic class, such as huawei-hg532 for tcp-syn and 37215; NULL for what has no name here. What was really asked only the payload tells. Of icmp-error types 3 and 4 mean other things in ICMPv6.';

            CREATE TABLE enrichment.bogon (
                block cidr PRIMARY KEY,
                name text NOT NULL
            );
            COMMENT ON TABLE enrichment.bogon IS 'Blocks from which nothing comes through the Internet, after the registries of special addresses (RFC 6890) and of multicast.';
            COMMENT ON COLUMN enrichment.bogon.block IS 'Block.';
            COMMENT ON COLUMN enrichment.bogon.name IS 'What it is for.';
            INSERT INTO enrichment.bogon VALUES
                ('0.0.0.0/8', 'this network'),
                ('10.0.0.0/8', 'private'),
                ('100.64.0.0/10', 'shared address space'),
                ('127.0.0.0/8', 'loopback'),
                ('169.254.0.0/16', 'link local'),
                ('172.16.0.0/12', 'private'),
                ('192.0.0.0/24', 'protocol assignments'),
                ('192.0.2.0/24', 'documentation'),
                ('192.88.99.0/24', '6to4 relay, deprecated'),
                ('192.168.0.0/16', 'private'),
                ('198.18.0.0/15', 'benchmarking'),
                ('198.51.100.0/24', 'documentation'),
                ('203.0.113.0/24', 'documentation'),
                ('224.0.0.0/4', 'multicast'),
                ('240.0.0.0/4', 'reserved'),
                ('255.255.255.255/32', 'broadcast'),
                ('::/128', 'unspecified'),
                ('::1/128', 'loopback'),
                ('::ffff:0:0/96', 'IPv4-mapped'),
                ('64:ff9b:1::/48', 'local translation'),
                ('100::/64', 'discard'),
                ('2001:2::/48', 'benchmarking'),
                ('2001:10::/28', 'ORCHID, deprecated'),
                ('2001:db8::/32', 'documentation'),
                ('3fff::/20', 'documentation'),
                ('5f00::/16', 'segment routing'),
                ('fc00::/7', 'private'),
                ('fe80::/10', 'link local'),
                ('fec0::/10', 'site local, deprecated'),
                ('ff00::/8', 'multicast');

            CREATE FUNCTION api.bogon(address inet) RETURNS text LANGUAGE sql STABLE AS $body$
                SELECT coalesce(
                    (SELECT b.name FROM enrichment.bogon b WHERE host(address)::inet <<= b.block
                        ORDER BY masklen(b.block) DESC LIMIT 1),
                    CASE WHEN family(address) = 6 AND NOT host(address)::inet <<= '2000::/3'
                        AND NOT host(address)::inet <<= '64:ff9b::/96' THEN 'not allocated' END)
            $body$;
            COMMENT ON FUNCTION api.bogon(inet) IS 'Why nothing can come from an address through the Internet: the name of the special block that it is in, or of IPv6 "not allocated"; NULL for all others. A packet from there is forged, or has lost its way inside a network.';

            CREATE FUNCTION enrichment.spoof_hints(source inet, at timestamptz DEFAULT now()) RETURNS text[]
            LANGUAGE sql STABLE AS $body$
                SELECT array_remove(ARRAY[
                    'bogon: ' || api.bogon(source),
                    (SELECT 'dark: address space of ' || string_agg(t.code, ', ' ORDER BY t.code)
                        FROM meta.dark_prefix p JOIN meta.site t ON t.id = p.site
                        WHERE p.validity @> at AND host(source)::inet <<= p.prefix)
                ], NULL)
            $body$;
            COMMENT ON FUNCTION enrichment.spoof_hints(inet, timestamptz) IS 'What says that a source is forged, from its address alone: it is a bogon, or was dark at that time, in which nobody lives. An empty array says nothing: most forged sources look like any other; whether their networks are routed, TTLs jump or sequence numbers repeat is not told. Not in api, since it would tell whoever asks which addresses are dark.';
            """)
}
