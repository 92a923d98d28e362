#include "chain/keystore.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "chain/dev_keys.h"
#include "common/json.h"
#include "tests/support/process.h"

namespace cairn::chain {
namespace {

constexpr const char* published_key = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";
const Scrypt cheap{.n = 2, .r = 1, .p = 1};

Secret password(std::string_view text = "testpassword") { return Secret::copy_of(view(text)); }

// Both vectors of
// https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage
constexpr const char* pbkdf2_vector = R"({
  "crypto": {
    "cipher": "aes-128-ctr",
    "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
    "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
    "kdf": "pbkdf2",
    "kdfparams": {"c": 262144, "dklen": 32, "prf": "hmac-sha256",
                  "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
    "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"
  },
  "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
  "version": 3
})";
constexpr const char* scrypt_vector = R"({
  "crypto": {
    "cipher": "aes-128-ctr",
    "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
    "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
    "kdf": "scrypt",
    "kdfparams": {"dklen": 32, "n": 262144, "p": 8, "r": 1,
                  "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
    "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"
  },
  "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
  "version": 3
})";

TEST(Keystore, PublishedPbkdf2Vector) {
  const auto key = decrypt(parse_keystore(pbkdf2_vector).value(), password());
  ASSERT_TRUE(key.ok()) << key.error().what;
  EXPECT_EQ(hex(key->bytes()), published_key);
}

TEST(Keystore, PublishedScryptVector) {
  const auto key = decrypt(parse_keystore(scrypt_vector).value(), password());
  ASSERT_TRUE(key.ok()) << key.error().what;
  EXPECT_EQ(hex(key->bytes()), published_key);
}

// https://www.rfc-editor.org/rfc/rfc7914#section-12, the first 32 of their 64 bytes.
TEST(Scrypt, PublishedVectors) {
  EXPECT_EQ(hex(scrypt({}, {}, {16, 1, 1})->bytes()),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442");
  EXPECT_EQ(hex(scrypt(view("password"), view("NaCl"), {1024, 8, 16})->bytes()),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162");
}

TEST(Keystore, AWrongPassphraseIsAClearError) {
  const auto key = decrypt(parse_keystore(pbkdf2_vector).value(), password("testpasswore"));
  ASSERT_FALSE(key.ok());
  EXPECT_EQ(key.error().code, Code::invalid_input);
  EXPECT_EQ(key.error().what, "keystore: the passphrase does not open it");
}

TEST(Keystore, WritesWhatItReads) {
  for (const Kdf& kdf : {Kdf(cheap), Kdf(Pbkdf2{.iterations = 2})}) {
    const auto made = encrypt(dev_key(3), password("p"), kdf).value();
    const auto read = parse_keystore(keystore_text(made)).value();
    EXPECT_EQ(read.address, dev_key(3).address());
    EXPECT_EQ(hex(decrypt(read, password("p"))->bytes()), hex(dev_key(3).bytes()));
    EXPECT_FALSE(decrypt(read, password("")).ok());
  }
}

TEST(Keystore, NoTwoAreAlike) {
  const auto one = encrypt(dev_key(3), password(), cheap).value();
  const auto two = encrypt(dev_key(3), password(), cheap).value();
  EXPECT_NE(one.salt, two.salt);
  EXPECT_NE(one.iv, two.iv);
  EXPECT_NE(one.ciphertext, two.ciphertext);
}

TEST(Keystore, ADamagedByteIsNoticed) {
  const auto good = encrypt(dev_key(3), password(), cheap).value();
  for (auto damage : {+[](Keystore& k) { k.ciphertext[5] ^= 1; }, +[](Keystore& k) { k.mac[31] ^= 1; },
                      +[](Keystore& k) { k.salt[0] ^= 1; }}) {
    Keystore bad = good;
    damage(bad);
    EXPECT_FALSE(decrypt(bad, password()).ok());
  }
  Keystore misnamed = good;
  misnamed.address = dev_key(4).address();
  EXPECT_EQ(decrypt(misnamed, password()).error().code, Code::corrupt);
}

// n = 2^30 asks for 1 TiB; a key that arrives in the post must not stop the machine.
TEST(Keystore, CostsAreBoundedBeforeAnythingIsDerived) {
  const auto with = [](const Kdf& kdf) {
    auto k = encrypt(dev_key(0), password(), cheap).value();
    k.kdf = kdf;
    return parse_keystore(keystore_text(k)).ok();
  };
  EXPECT_TRUE(with(Scrypt{262144, 8, 1}));
  EXPECT_TRUE(with(Scrypt{262144, 1, 8}));
  for (const Scrypt s : {Scrypt{1ull << 30, 8, 1}, Scrypt{1ull << 30, 1, 1}, Scrypt{1ull << 63, 1, 1},
                         Scrypt{262144, 64, 1}, Scrypt{262144, 8, 1ull << 40}, Scrypt{2, 1ull << 62, 4},
                         Scrypt{2, 4, 1ull << 62}, Scrypt{0, 8, 1}, Scrypt{1, 8, 1}, Scrypt{3, 8, 1},
                         Scrypt{262144, 0, 1}, Scrypt{262144, 8, 0}, Scrypt{262144, 8, 16}}) {
    EXPECT_FALSE(with(s)) << s.n << " " << s.r << " " << s.p;
  }
  EXPECT_FALSE(with(Pbkdf2{0}));
  EXPECT_FALSE(with(Pbkdf2{1ull << 32}));
}

TEST(Keystore, RefusesWhatItDoesNotKnow) {
  const Json good = Json::parse(pbkdf2_vector);
  EXPECT_TRUE(parse_keystore(good.dump()).ok());
  const struct {
    const char* pointer;
    Json value;
  } cases[] = {
      {"/version", 1},
      {"/version", "3"},
      {"/crypto", Json::array()},
      {"/crypto/cipher", "aes-256-gcm"},
      {"/crypto/cipherparams", nullptr},
      {"/crypto/cipherparams/iv", "6087"},
      {"/crypto/ciphertext", "00"},
      {"/crypto/ciphertext", std::string(62, '0')},
      {"/crypto/ciphertext", std::string(66, '0')},
      {"/crypto/mac", "zz"},
      {"/crypto/kdf", "argon2"},
      {"/crypto/kdfparams/prf", "hmac-sha512"},
      {"/crypto/kdfparams/dklen", 16},
      {"/crypto/kdfparams/c", -1},
      {"/crypto/kdfparams/c", 1.5},
      {"/crypto/kdfparams/salt", ""},
      {"/address", "0x1234"},
  };
  for (const auto& c : cases) {
    Json bad = good;
    bad[Json::json_pointer(c.pointer)] = c.value;
    EXPECT_FALSE(parse_keystore(bad.dump()).ok()) << c.pointer << " = " << c.value;
  }
}

class KeystoreFile : public testing::Test {
 protected:
  void write(const char* name, std::string_view content, mode_t mode) {
    std::ofstream(dir / name, std::ios::binary) << content;
    ASSERT_EQ(::chmod((dir / name).c_str(), mode), 0);
  }
  test::TempDir dir;
  const Keystore keystore = encrypt(dev_key(2), password("open sesame"), cheap).value();
};

TEST_F(KeystoreFile, IsForTheOwnerOnlyWhateverTheUmask) {
  for (const mode_t umask : {0777, 0}) {
    std::filesystem::remove(dir / "key.json");
    const mode_t before = ::umask(umask);
    const Status saved = save_keystore(keystore, dir / "key.json");
    ::umask(before);
    ASSERT_TRUE(saved.ok()) << saved.error().what;
    struct stat st;
    ASSERT_EQ(::stat((dir / "key.json").c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 07777, 0600u);
  }
  write("password", "open sesame\nsecond line\n", 0600);
  const auto key = load_key(dir / "key.json", dir / "password");
  ASSERT_TRUE(key.ok()) << key.error().what;
  EXPECT_EQ(key->address(), dev_key(2).address());
}

TEST_F(KeystoreFile, IsNeverOverwritten) {
  ASSERT_TRUE(save_keystore(keystore, dir / "key.json").ok());
  EXPECT_EQ(save_keystore(keystore, dir / "key.json").error().code, Code::conflict);
}

TEST_F(KeystoreFile, ThatOthersCanReadIsRefused) {
  ASSERT_TRUE(save_keystore(keystore, dir / "key.json").ok());
  write("password", "open sesame", 0600);
  for (const mode_t mode : {0640, 0604, 0660, 0666, 0601}) {
    ASSERT_EQ(::chmod((dir / "key.json").c_str(), mode), 0);
    // systemd hands over credentials as root:root 0440 or 0640; of these modes only one is that.
    const bool credential = mode == 0640 && ::geteuid() == 0;
    const auto key = load_key(dir / "key.json", dir / "password");
    EXPECT_EQ(key.ok(), credential) << std::oct << mode;
    if (!key.ok()) {
      EXPECT_EQ(key.error().code, Code::conflict);
    }
  }
  ASSERT_EQ(::chmod((dir / "key.json").c_str(), 0600), 0);
  write("open", "open sesame", 0644);
  EXPECT_EQ(load_key(dir / "key.json", dir / "open").error().code, Code::conflict);
}

TEST_F(KeystoreFile, OfAnotherUserOrForAnotherGroupIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  ASSERT_TRUE(save_keystore(keystore, dir / "key.json").ok());
  write("password", "open sesame", 0600);
  const auto opens = [&](uid_t user, gid_t group, mode_t mode) {
    EXPECT_EQ(::chown((dir / "key.json").c_str(), user, group), 0);
    EXPECT_EQ(::chmod((dir / "key.json").c_str(), mode), 0);
    return load_key(dir / "key.json", dir / "password").ok();
  };
  EXPECT_TRUE(opens(0, 0, 0440));
  EXPECT_FALSE(opens(0, 1, 0440));
  EXPECT_FALSE(opens(1, 0, 0440));
  EXPECT_FALSE(opens(1, 1, 0600));
}

TEST_F(KeystoreFile, ThatCannotBeWrittenIsNotLeftBehind) {
  struct rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small = {10, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status saved = save_keystore(keystore, dir / "key.json");
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  EXPECT_EQ(saved.error().code, Code::failed);
  EXPECT_FALSE(std::filesystem::exists(dir / "key.json"));
}

TEST_F(KeystoreFile, ANewPassphraseIsPrivateAndNeverReplaced) {
  ASSERT_TRUE(make_passphrase(dir / "p").ok());
  const auto made = load_passphrase(dir / "p");
  ASSERT_TRUE(made.ok()) << made.error().what;
  EXPECT_EQ(made->size(), 32u) << "128 bits in hex";
  EXPECT_EQ(make_passphrase(dir / "p").error().code, Code::conflict);
  EXPECT_EQ(text(load_passphrase(dir / "p")->bytes()), text(made->bytes()));
  ASSERT_TRUE(make_passphrase(dir / "q").ok());
  EXPECT_NE(text(load_passphrase(dir / "q")->bytes()), text(made->bytes()));
}

TEST_F(KeystoreFile, ErrorsNameTheFile) {
  write("password", "wrong", 0600);
  EXPECT_EQ(load_key(dir / "none.json", dir / "password").error().code, Code::not_found);
  ASSERT_TRUE(save_keystore(keystore, dir / "key.json").ok());
  const auto wrong = load_key(dir / "key.json", dir / "password");
  EXPECT_EQ(wrong.error().code, Code::invalid_input);
  EXPECT_NE(wrong.error().what.find("key.json"), std::string::npos);
  EXPECT_EQ(wrong.error().what.find("wrong"), std::string::npos) << "shows the passphrase";
  write("large.json", std::string(keystore_bytes_max + 1, ' '), 0600);
  EXPECT_EQ(load_key(dir / "large.json", dir / "password").error().code, Code::invalid_input);
  EXPECT_EQ(load_passphrase(dir.path()).error().code, Code::invalid_input);
}

TEST_F(KeystoreFile, APassphraseIsTheFirstLine) {
  const auto line = [&](std::string_view content) {
    write("p", content, 0600);
    return std::string(text(load_passphrase(dir / "p")->bytes()));
  };
  EXPECT_EQ(line("abc"), "abc");
  EXPECT_EQ(line("abc\n"), "abc");
  EXPECT_EQ(line("abc\r\n"), "abc");
  EXPECT_EQ(line(" a b \nsecond"), " a b ");
  EXPECT_EQ(line(""), "");
  EXPECT_EQ(line(std::string(passphrase_bytes_max, 'x')).size(), passphrase_bytes_max);
  write("p", std::string(passphrase_bytes_max + 1, 'x'), 0600);
  EXPECT_EQ(load_passphrase(dir / "p").error().code, Code::invalid_input);
}

}  // namespace
}  // namespace cairn::chain
